"""The command line: argv to a front end, one file a subcommand."""
