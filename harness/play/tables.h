/* The case tables, the probes and the requirement catalogue that are compiled into the binary, as they stand
 * under cases/. */
#ifndef PLAY_TABLES_H
#define PLAY_TABLES_H

#include <stddef.h>

typedef struct play_embedded_table {
    const char *name;           /* file name, "framing.json" */
    const unsigned char *bytes; /* JSON text, followed by a NUL that is not counted */
    size_t size;
} play_embedded_table;

/* Each ends with a row whose name is NULL. */
extern const play_embedded_table play_embedded_tables[];
extern const play_embedded_table play_embedded_probes[]; /* cases/probe/ */
extern const play_embedded_table play_embedded_catalogue[];

#endif
