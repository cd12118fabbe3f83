/* The subcommands. Each gets argv with its own name at argv[0] and returns the exit code of the process. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int cli_server(int argc, char **argv);
int cli_client(int argc, char **argv);
int cli_echo(int argc, char **argv);
int cli_fuzz(int argc, char **argv);
int cli_fuzz_server(int argc, char **argv);
int cli_fuzz_client(int argc, char **argv);
int cli_cases(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_report_sign(int argc, char **argv);
int cli_report_verify(int argc, char **argv);
int cli_wstest(int argc, char **argv);

#endif
