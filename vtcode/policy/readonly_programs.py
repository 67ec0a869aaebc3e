"""The programs that only read, each with the options that are known to be harmless. Data alone.

Left out on purpose, among many: whatever runs another program (`find -exec`, `rg --pre`, `tar`, `less`,
`xargs`, `awk`), writes (`sort -o`, `tree -o`, `sed -i`, `uniq` with a second operand, `file -C`, `xxd`,
`date -s`), follows links out of a folder (`grep -R`, `rg -L`, `ls -L`, `diff -r`), takes file names from a
file (`wc --files0-from`, `du --files0-from`) or prints the environment (`env`, `ps e`). An option whose
letter takes a value on one system and none on another is left out too. Sources: the manuals of GNU coreutils
9, findutils 4.9, grep 3.8, sed 4.9, diffutils 3.8, ripgrep 15, tree 2.1, file 5.44, and of the BSDs' and
macOS' tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.policy.options import ReadOnlyProgram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.policy.options import Takes

SHELL_BUILTINS = frozenset(
    {":", "[", "cd", "command", "echo", "false", "printf", "pwd", "test", "true", "type"}
)
"""Answered by bash itself, wherever a program of that name may lie."""

TALKERS = frozenset({":", "echo", "false", "printf", "true"})
"""Print or ignore their words, whatever these are."""

_ADDRESS = r"(?:\d+|\$|/[^/\\\n]*/)"
_STEP = rf"(?:{_ADDRESS}(?:,(?:{_ADDRESS}|\+\d+))?)?[ ]?!?[ ]?[pdq=]"
_SIDE = r"(?:(?!(?P=mark))[^\\\n]|\\[^\n])*"
_SUBSTITUTION = rf"s(?P<mark>[/|#,]){_SIDE}(?P=mark){_SIDE}(?P=mark)[gpI0-9]*"
SED_SCRIPT = rf"[ ]*(?:{_SUBSTITUTION}|{_STEP}(?:[ ]*;[ ]*{_STEP})*)[ ]*;?[ ]*"
"""Prints, deletes, quits and one substitution; never `w`, `e`, `r`, `W`, `R`, nor the flags `w` and `e`."""

JQ_FILTER = r"(?s:(?!.*(?:env|ENV|import|include|modulemeta|input_filename|__prog_args)).*)"
"""No filter that shows the environment or reads further files."""

_GREP = ReadOnlyProgram(
    options="""-r -n -i -y -l -L -c -v -w -x -o -h -H -E -F -P -G -s -q -a -I -Z -b -m: -A: -B: -C: -e: -f@
    --recursive --line-number --ignore-case --no-ignore-case --files-with-matches --files-without-match
    --count --invert-match --word-regexp --line-regexp --only-matching --no-filename --with-filename
    --extended-regexp --fixed-strings --perl-regexp --basic-regexp --no-messages --quiet --silent --text
    --byte-offset --max-count: --after-context: --before-context: --context? --regexp: --file@ --include:
    --exclude: --exclude-dir: --color? --colour? --null --binary-files: --line-buffered --version --help""",
    leading_texts=1,
    text_options=frozenset({"-e", "-f", "--regexp", "--file"}),
    takes_numbers=True,
)
_RG = ReadOnlyProgram(
    options="""-n -N -i -S -s -l -c -v -w -x -o -H -I -F -P -U -a -0 -p -q -u -. -t: -T: -g: -A: -B: -C: -e:
    -f@ -m: -M: -j: -d: -r: -E: --line-number --no-line-number --ignore-case --smart-case --case-sensitive
    --files-with-matches --files-without-match --count --count-matches --include-zero --invert-match
    --word-regexp --line-regexp --only-matching --with-filename --no-filename --fixed-strings --pcre2
    --multiline --multiline-dotall --text --null --pretty --quiet --unrestricted --hidden --no-hidden
    --no-ignore --no-ignore-vcs --no-ignore-parent --no-ignore-dot --no-ignore-global --type: --type-not:
    --type-add: --type-list --glob: --iglob: --glob-case-insensitive --after-context: --before-context:
    --context: --regexp: --file@ --max-count: --max-columns: --max-columns-preview --max-filesize:
    --max-depth: --threads: --replace: --encoding: --engine: --sort: --sortr: --color: --colors: --heading
    --no-heading --column --no-column --json --stats --files --vimgrep --trim --passthru --no-config
    --no-messages --no-follow --crlf --byte-offset --context-separator: --version --help""",
    leading_texts=1,
    text_options=frozenset({"-e", "-f", "--regexp", "--file", "--files", "--type-list"}),
)
_CHECKSUM = ReadOnlyProgram(options="-b -t -a: --binary --text --tag")
_VERSION = ReadOnlyProgram(options="--version", operands="none", needs=frozenset({"--version"}))
_PYTHON = ReadOnlyProgram(options="--version -V", operands="none", needs=frozenset({"--version", "-V"}))

PROGRAMS: Mapping[str, ReadOnlyProgram] = {
    "arch": ReadOnlyProgram(operands="none"),
    "base64": ReadOnlyProgram(options="-d -D -w: --decode --wrap:", max_operands=1),
    "basename": ReadOnlyProgram(options="-a -s: -z --multiple --suffix: --zero", operands="texts"),
    "bash": _VERSION,
    "cat": ReadOnlyProgram(
        options="""-n -b -s -v -e -t -u -A -E -T --number --number-nonblank --squeeze-blank --show-all
        --show-ends --show-tabs --show-nonprinting --version --help"""
    ),
    "cc": _VERSION,
    "cksum": _CHECKSUM,
    "clang": _VERSION,
    "clang++": _VERSION,
    "cmake": _VERSION,
    "cmp": ReadOnlyProgram(options="-l -s -b --silent --quiet --verbose --print-bytes", max_operands=2),
    "column": ReadOnlyProgram(options="-t -s:"),
    "comm": ReadOnlyProgram(options="-1 -2 -3 --nocheck-order", max_operands=2),
    "command": ReadOnlyProgram(options="-v", operands="texts", needs=frozenset({"-v"}), options_first=True),
    "cut": ReadOnlyProgram(
        options="""-b: -c: -d: -f: -s -n --bytes: --characters: --delimiter: --fields: --only-delimited
        --complement --output-delimiter:"""
    ),
    "date": ReadOnlyProgram(
        options="-u -R -I? -d: --utc --universal --rfc-email --iso-8601? --rfc-3339: --date:",
        operands="texts",
        form=r"\+.*",
        max_operands=1,
    ),
    "df": ReadOnlyProgram(options="-h -H -k -i -l -P --human-readable --inodes --portability --local"),
    "diff": ReadOnlyProgram(
        options="""-u -q -s -i -w -b -B -E -Z -a -y -U: -C: -p -d -t -T -W: --unified? --context? --brief
        --report-identical-files --ignore-case --ignore-all-space --ignore-space-change --ignore-blank-lines
        --ignore-trailing-space --text --side-by-side --suppress-common-lines --color? --width: --minimal
        --strip-trailing-cr --show-c-function --label: --normal""",
        max_operands=2,
        takes_folders=False,
    ),
    "dirname": ReadOnlyProgram(options="-z --zero", operands="texts"),
    "du": ReadOnlyProgram(
        options="""-s -h -a -c -k -m -b -x -S -d: -t: --summarize --human-readable --all --total --bytes
        --apparent-size --max-depth: --one-file-system --separate-dirs --exclude: --time? --threshold:
        --si"""
    ),
    "egrep": _GREP,
    "expand": ReadOnlyProgram(options="-i -t: --initial --tabs:"),
    "fgrep": _GREP,
    "file": ReadOnlyProgram(
        options="-b -i -k -N -p -r -h --brief --mime --mime-type --mime-encoding --no-pad --keep-going"
    ),
    "fold": ReadOnlyProgram(options="-b -s -w: --bytes --spaces --width:"),
    "free": ReadOnlyProgram(options="-b -k -m -g -h -t -w --human --total --wide", operands="none"),
    "g++": _VERSION,
    "gcc": _VERSION,
    "grep": _GREP,
    "groups": ReadOnlyProgram(operands="none"),
    "head": ReadOnlyProgram(
        options="-n: -c: -q -v -z --lines: --bytes: --quiet --silent --verbose --zero-terminated",
        takes_numbers=True,
    ),
    "hexdump": ReadOnlyProgram(options="-C -b -c -d -o -x -v -n: -s:"),
    "hostname": ReadOnlyProgram(options="-s -f -d", operands="none"),
    "id": ReadOnlyProgram(options="-u -g -G -n -r --user --group --groups --name --real", operands="texts"),
    "jq": ReadOnlyProgram(
        options="""-n -c -r -R -s -S -C -M -a -j -e --null-input --compact-output --raw-output --raw-input
        --slurp --sort-keys --color-output --monochrome-output --ascii-output --join-output --exit-status
        --tab --indent! --version""",
        leading_texts=1,
        form=JQ_FILTER,
    ),
    "ls": ReadOnlyProgram(
        options="""-a -A -b -B -c -C -d -f -F -g -G -h -i -k -l -m -n -N -o -p -q -Q -r -R -s -S -t -u -U -v
        -x -X -Z -1 --all --almost-all --author --escape --block-size: --ignore-backups --color? --directory
        --classify? --file-type --format: --full-time --group-directories-first --no-group --human-readable
        --si --hide: --indicator-style: --inode --ignore: --kibibytes --numeric-uid-gid --literal
        --quote-name --quoting-style: --reverse --recursive --size --sort: --time: --time-style: --version
        --help"""
    ),
    "lscpu": ReadOnlyProgram(options="-J -e -p --json", operands="none"),
    "make": _VERSION,
    "md5": _CHECKSUM,
    "md5sum": _CHECKSUM,
    "nl": ReadOnlyProgram(
        options="-b: -f: -h: -i: -n: -s: -v: -w: --body-numbering: --number-width: --number-format:"
    ),
    "node": ReadOnlyProgram(options="--version -v", operands="none", needs=frozenset({"--version", "-v"})),
    "nproc": ReadOnlyProgram(options="--all", operands="none"),
    "od": ReadOnlyProgram(
        options="-A: -t: -N: -j: -v -a -b -c -d -o -x --address-radix: --format: --read-bytes: --skip-bytes:"
    ),
    "paste": ReadOnlyProgram(options="-d: -s --delimiters: --serial"),
    "pwd": ReadOnlyProgram(options="-L -P", operands="none"),
    "python": _PYTHON,
    "python3": _PYTHON,
    "readlink": ReadOnlyProgram(
        options="""-f -n -e -m -q -s -v -z --canonicalize --canonicalize-existing --canonicalize-missing
        --no-newline"""
    ),
    "realpath": ReadOnlyProgram(
        options="""-e -m -L -P -q -s -z --canonicalize-existing --canonicalize-missing --logical --physical
        --quiet --relative-to@ --relative-base@ --strip --no-symlinks --zero"""
    ),
    "rev": ReadOnlyProgram(),
    "rg": _RG,
    "sed": ReadOnlyProgram(
        options="-n -E -r -u -e% --quiet --silent --regexp-extended --expression% --sandbox --posix",
        leading_texts=1,
        text_options=frozenset({"-e", "--expression"}),
        form=SED_SCRIPT,
    ),
    "seq": ReadOnlyProgram(options="-w -s: --equal-width --separator:", operands="texts"),
    "sha1sum": _CHECKSUM,
    "sha256sum": _CHECKSUM,
    "sha512sum": _CHECKSUM,
    "shasum": _CHECKSUM,
    "sleep": ReadOnlyProgram(operands="texts", form=r"\d{1,3}(?:\.\d+)?s?", max_operands=1),
    "sort": ReadOnlyProgram(
        options="""-b -c -C -d -f -g -h -i -M -m -n -r -R -s -u -V -z -k: -t: --ignore-leading-blanks
        --check? --dictionary-order --ignore-case --general-numeric-sort --human-numeric-sort
        --ignore-nonprinting --month-sort --merge --numeric-sort --reverse --random-sort --stable --unique
        --version-sort --zero-terminated --key: --field-separator: --sort: --debug"""
    ),
    "stat": ReadOnlyProgram(options="-f -c: -t -x -s -n -q --format: --printf: --terse --file-system"),
    "tac": ReadOnlyProgram(),
    "tail": ReadOnlyProgram(
        options="-n: -c: -q -v -r -z --lines: --bytes: --quiet --silent --verbose --zero-terminated",
        takes_numbers=True,
    ),
    "tr": ReadOnlyProgram(
        options="-c -C -d -s -t --complement --delete --squeeze-repeats --truncate-set1", operands="texts"
    ),
    "tree": ReadOnlyProgram(
        options="""-a -d -f -i -q -N -Q -p -u -g -s -h -D -F -v -t -c -U -r -n -C -A -S -J -X -L! -I! -P!
        --dirsfirst --filesfirst --noreport --prune --gitignore --ignore-case --matchdirs --du --si --inodes
        --device --sort? --filelimit? --timefmt? --charset? --metafirst --version --help"""
    ),
    "type": ReadOnlyProgram(options="-a -f -p -P -t", operands="texts", options_first=True),
    "uname": ReadOnlyProgram(
        options="-a -s -n -r -v -m -p -i -o --all --kernel-name --kernel-release --machine",
        operands="none",
    ),
    "uniq": ReadOnlyProgram(
        options="""-c -d -D -u -i -z -f: -s: -w: --count --repeated --all-repeated? --unique --ignore-case
        --skip-fields: --skip-chars: --check-chars: --zero-terminated --group?""",
        max_operands=1,
    ),
    "unzip": ReadOnlyProgram(options="-l", max_operands=1, needs=frozenset({"-l"})),
    "uptime": ReadOnlyProgram(options="-p -s --pretty --since", operands="none"),
    "wc": ReadOnlyProgram(options="-l -w -c -m -L --lines --words --bytes --chars --max-line-length"),
    "which": ReadOnlyProgram(options="-a -s --all", operands="texts"),
    "whoami": ReadOnlyProgram(operands="none"),
}

_TEST_WORDS = """
] ! ( ) = == != -a -o -b -c -d -e -f -g -h -k -n -r -s -t -u -w -x -z -G -L -N -O -S -eq -ne -lt -le -gt -ge
-nt -ot -ef
"""
TEST_WORDS = frozenset(_TEST_WORDS.split())
"""The harmless operators of `test` and `[`; `-v` and `-R` evaluate a subscript. Other words are taken for
paths."""

_FIND_WORDS_ALONE = """
-a -and -o -or -not -d -daystart -depth -empty -executable -false -ls -mount -nogroup -noleaf -nouser
-nowarn -print -print0 -prune -quit -readable -true -warn -writable -xdev ! ( ) ,
"""
_FIND_WORDS_WITH_TEXT = """
-amin -atime -cmin -ctime -fstype -gid -group -ilname -iname -inum -ipath -iregex -iwholename -links -lname
-maxdepth -mindepth -mmin -mtime -name -newermt -path -perm -printf -regex -regextype -size -type -uid -used
-user -wholename -xtype
"""
_FIND_WORDS_WITH_PATH = "-anewer -cnewer -newer -samefile"

FIND_WORDS: Mapping[str, Takes] = {
    **dict.fromkeys(_FIND_WORDS_ALONE.split(), "nothing"),
    **dict.fromkeys(_FIND_WORDS_WITH_TEXT.split(), "text"),
    **dict.fromkeys(_FIND_WORDS_WITH_PATH.split(), "path"),
}
"""The harmless words of an expression of `find`, and what each takes."""
