"""The files that a user's message names, as far as its words tell: nothing here looks at the disk."""

from __future__ import annotations

import re

_ENDINGS = (
    "adoc|asm|astro|bash|bat|bib|c|cc|cfg|clj|cmake|conf|cpp|cs|css|csv|cxx|dart|diff|dockerfile|ejs|el|env|"
    "erl|ex|exs|fish|fs|go|gradle|graphql|groovy|h|hpp|hs|htm|html|hxx|ini|ino|ipynb|java|jl|js|json|json5|jsonl|"
    "jsx|kt|kts|less|lock|log|lua|m4|make|md|mdx|mjs|mk|ml|mm|nim|nix|nu|odt|org|patch|php|pl|plist|pod|pom|"
    "properties|proto|ps1|py|pyi|pyx|r|rake|rb|rkt|rs|rst|sass|scala|scm|scss|sh|sol|sql|styl|svelte|svg|swift|"
    "tcl|tex|text|tf|toml|ts|tsv|tsx|txt|typ|v|vb|vim|vue|xml|yaml|yml|zig|zsh"
)
_WITHOUT_ENDING = "Makefile|Dockerfile|Justfile|Procfile|Rakefile|Gemfile|README|LICENSE|CHANGELOG"
_PRODUCTS = frozenset({"node.js", "vue.js", "next.js", "nuxt.js", "three.js", "express.js", "d3.js"})
"""Look like files, and hardly ever are."""
_LOOKED_AT_CHARS = 4_000
"""A file is named in a sentence; what goes on for longer is pasted."""
_NAME = r"[\w.+@%=-]"
_FILE = re.compile(
    # ASCII, so that a name stands out of a script without blanks; not within an address or a longer word.
    rf"(?<![\w/:.\\-])@?(?P<path>(?:~?/|(?:\.\.?/)+)?(?:{_NAME}+/)*"
    rf"(?:{_NAME}*\w\.(?i:{_ENDINGS})|{_WITHOUT_ENDING}))(?![\w/])(?!\.\w)",
    re.ASCII,
)


def named_files(text: str) -> tuple[str, ...]:
    """Return the paths in `text` that look like files, as they are written, each once and in order."""
    found = dict.fromkeys(match["path"] for match in _FILE.finditer(text[:_LOOKED_AT_CHARS]))
    return tuple(path for path in found if path.lower() not in _PRODUCTS)
