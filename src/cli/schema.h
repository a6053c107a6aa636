/* SPDX-License-Identifier: MIT */
/* cli/schema.h - duet.yaml as a JSON Schema, for editors. */
#ifndef DUET_CLI_SCHEMA_H
#define DUET_CLI_SCHEMA_H

/* Print it on standard output; the exit code. program is for complaints. */
int duet_schema_print(const char *program);

#endif
