"""The subcommands of git that only read, each with the options that are known to be harmless. Data alone.

Left out on purpose: whatever runs a helper (`--ext-diff`, `--textconv`, `--show-signature`, `grep -O`, `-c`,
`--exec-path`), writes (`--output`, `branch NAME`, `tag NAME`, `stash` without `list`), reads outside the
repository (`diff --no-index`, `-C`, `--git-dir`), or talks to a server (`remote show`, `ls-remote`).
Source: the manuals of git 2.39 to 2.50.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.policy.options import ReadOnlyProgram

if TYPE_CHECKING:
    from collections.abc import Mapping

GLOBAL_OPTIONS = frozenset({"--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"})
"""Harmless options before the subcommand."""
HELPER_WORDS = re.compile(r"%[-+ ]?G|signature")
"""In a format or a sort key these make git check signatures, with a program of the configuration's choice."""

_DIFF = """
-p -u -s -R -a -b -w -z -W -U? -M? -C? -B? -D -S: -G: -l: --patch --no-patch --raw --patch-with-stat --stat?
--shortstat --numstat --dirstat? --summary --compact-summary --name-only --name-status --unified: --minimal
--patience --histogram --diff-algorithm: --indent-heuristic --no-indent-heuristic --color? --no-color
--color-moved? --no-color-moved --color-words? --word-diff? --word-diff-regex: --no-renames --find-renames?
--find-copies? --find-copies-harder --diff-filter: --pickaxe-regex --pickaxe-all --find-object: --relative?
--no-relative --text --ignore-cr-at-eol --ignore-space-at-eol --ignore-space-change --ignore-all-space
--ignore-blank-lines --inter-hunk-context: --function-context --exit-code --quiet --check --full-index
--binary --abbrev? --no-abbrev --no-ext-diff --no-textconv --no-prefix --src-prefix: --dst-prefix:
--line-prefix: --ignore-submodules?
"""
_LOG = """
-L@ -n: -i -E -F -P -g -c -m -q -t --oneline --graph --no-graph --all --branches? --tags? --remotes? --glob:
--exclude: --decorate? --no-decorate --decorate-refs: --decorate-refs-exclude: --max-count: --skip: --since:
--after: --until: --before: --author: --committer: --grep: --all-match --invert-grep --regexp-ignore-case
--extended-regexp --fixed-strings --perl-regexp --merges --no-merges --min-parents? --max-parents?
--first-parent --not --reverse --follow --name-only --abbrev-commit --no-abbrev-commit --format? --pretty?
--date: --relative-date --parents --children --left-right --left-only --right-only --cherry --cherry-pick
--cherry-mark --boundary --topo-order --date-order --author-date-order --walk-reflogs --no-walk? --source
--full-history --simplify-merges --dense --sparse --ancestry-path? --log-size --notes? --no-notes --mailmap
--no-mailmap --use-mailmap --no-use-mailmap --encoding? --cc --combined-all-paths --diff-merges:
--expand-tabs? --no-expand-tabs --full-diff --clear-decorations
"""
_SETTING = (
    r"(?i:user\.(?:name|email)|core\.(?!gitproxy|sshcommand)[\w-]+|(?:init|pull|merge|diff)\.[\w-]+"
    r"|push\.(?!pushoption)[\w-]+|branch\.[\w./-]+|remote\.[\w./-]+\.(?:url|pushurl|fetch))"
)
"""A setting that holds no secret, but for an address with a password in it, which is redacted."""
_SHOW = ReadOnlyProgram(options=_LOG + _DIFF, takes_numbers=True)
_LISTING = """
--list --sort: --format: --color? --no-color --column? --no-column --ignore-case --contains: --no-contains:
--merged: --no-merged: --points-at:
"""

SUBCOMMANDS: Mapping[str, ReadOnlyProgram] = {
    "--version": ReadOnlyProgram(operands="none"),
    "blame": ReadOnlyProgram(
        options="""-L: -w -C? -M? -s -e -f -l -n -t -p -b --porcelain --line-porcelain --show-email
        --show-name --show-number --date: --since: --abbrev? --root --first-parent --no-textconv"""
    ),
    "branch": ReadOnlyProgram(
        options=f"-a -r -v {_LISTING} --all --remotes --show-current --verbose --abbrev? --no-abbrev",
        operands="texts",
        operands_need=frozenset({"--list"}),
    ),
    "cat-file": ReadOnlyProgram(options="-p -t -s -e"),
    "check-ignore": ReadOnlyProgram(options="-v -q -n --verbose --quiet --non-matching --no-index"),
    "config": ReadOnlyProgram(
        options="""--get --get-all --global --local --system --worktree --null -z --show-origin --show-scope
        --bool --int --type: --name-only""",
        operands="texts",
        form=_SETTING,
        max_operands=1,
    ),
    "count-objects": ReadOnlyProgram(options="-v -H", operands="none"),
    "describe": ReadOnlyProgram(
        options="""--all --tags --contains --abbrev? --candidates: --exact-match --long --match: --exclude:
        --always --first-parent --dirty? --broken?"""
    ),
    "diff": ReadOnlyProgram(
        options=_DIFF
        + "--cached --staged --merge-base --base --ours --theirs -1 -2 -3 -0 -q --no-color-words"
    ),
    "for-each-ref": ReadOnlyProgram(options=_LISTING + "--count: --shell --python --exclude:"),
    "grep": ReadOnlyProgram(
        options="""-n -i -I -w -v -h -H -E -G -F -P -l -L -c -o -q -p -W -z -a -A: -B: -C: -e: -m:
        --line-number --ignore-case --word-regexp --invert-match --extended-regexp --fixed-strings
        --perl-regexp --name-only --files-with-matches --files-without-match --count --only-matching --quiet
        --show-function --function-context --after-context: --before-context: --context: --max-depth:
        --cached --untracked --break --heading --column --color? --no-color --and --or --not --all-match
        --full-name --no-textconv""",
        leading_texts=1,
        text_options=frozenset({"-e"}),
        takes_numbers=True,
    ),
    "log": _SHOW,
    "ls-files": ReadOnlyProgram(
        options="""-c -d -m -o -i -s -u -k -t -v -z -x: --cached --deleted --modified --others --ignored
        --stage --unmerged --killed --directory --no-empty-directory --exclude: --exclude-standard
        --error-unmatch --full-name --eol --abbrev? --format: --deduplicate"""
    ),
    "ls-tree": ReadOnlyProgram(
        options="""-d -r -t -l -z --name-only --name-status --object-only --full-name --full-tree --abbrev?
        --long --format:"""
    ),
    "merge-base": ReadOnlyProgram(options="-a --all --octopus --independent --is-ancestor --fork-point"),
    "name-rev": ReadOnlyProgram(
        options="--tags --refs: --exclude: --all --name-only --always --no-undefined"
    ),
    "reflog": ReadOnlyProgram(options=_LOG, operands="none", takes_numbers=True),
    "reflog show": ReadOnlyProgram(options=_LOG, takes_numbers=True),
    "remote": ReadOnlyProgram(options="-v --verbose", operands="none"),
    "remote get-url": ReadOnlyProgram(options="--push --all", operands="texts"),
    "rev-list": ReadOnlyProgram(options=_LOG + "--count --objects", takes_numbers=True),
    "rev-parse": ReadOnlyProgram(
        options="""-q --verify --quiet --short? --abbrev-ref? --symbolic --symbolic-full-name --all
        --branches? --tags? --remotes? --show-toplevel --show-prefix --show-cdup
        --show-superproject-working-tree --git-dir --absolute-git-dir --git-common-dir --is-inside-git-dir
        --is-inside-work-tree --is-bare-repository --is-shallow-repository --show-object-format
        --show-ref-format"""
    ),
    "shortlog": ReadOnlyProgram(
        options=_LOG + "-n -s -e --summary --numbered --email --group:", takes_numbers=True
    ),
    "show": _SHOW,
    "show-branch": ReadOnlyProgram(options="-a -r --all --remotes --current --topo-order --list"),
    "show-ref": ReadOnlyProgram(
        options="-d -s -q --head --heads --branches --tags --dereference --hash? --verify --abbrev? --quiet"
    ),
    "stash list": ReadOnlyProgram(options=_LOG, operands="none", takes_numbers=True),
    "stash show": ReadOnlyProgram(options=_DIFF + "--include-untracked --only-untracked"),
    "status": ReadOnlyProgram(
        options="""-s -b -v -z -u? --short --branch --show-stash --porcelain? --long --verbose
        --untracked-files? --ignore-submodules? --ignored? --column? --no-column --ahead-behind
        --no-ahead-behind --renames --no-renames --find-renames?"""
    ),
    "tag": ReadOnlyProgram(
        options=f"-l -n? {_LISTING}", operands="texts", operands_need=frozenset({"-l", "--list"})
    ),
    "version": ReadOnlyProgram(options="--build-options", operands="none"),
    "worktree list": ReadOnlyProgram(options="-v --verbose --porcelain -z", operands="none"),
}
