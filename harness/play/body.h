/* Passes over the body of a response, to the head that follows it (RFC 9112 6.3).
 *
 *     play_body body;
 *     play_body_begin(&body, head);
 *     while (size > 0 && !play_body_over(&body)) ...used = play_body_skip(&body, bytes, size)...
 *
 * A body whose end only the end of the connection tells is never over. Not a public header of the room. */
#ifndef PLAY_BODY_H
#define PLAY_BODY_H

#include "wire/http.h"

typedef enum play_body_state {
    PLAY_BODY_OVER, /* zero: there is none */
    PLAY_BODY_LENGTH,
    PLAY_BODY_CHUNK_SIZE, /* the digits at the beginning of its line */
    PLAY_BODY_CHUNK_EXTENSION,
    PLAY_BODY_CHUNK,
    PLAY_BODY_CHUNK_END, /* the line end behind its data */
    PLAY_BODY_TRAILER,
    PLAY_BODY_UNTIL_END
} play_body_state;

typedef struct play_body {
    play_body_state state;
    uint64_t left;   /* octets of the body or chunk */
    bool empty_line; /* TRAILER: nothing in this line so far */
} play_body;

/* Of a response to a GET. A length that cannot be read, or a coding that does not end in chunks, lasts until
 * the end of the connection. */
void play_body_begin(play_body *body, const ws_http_head *head);
/* Returns the octets that belong to the body: all, unless it is over. */
size_t play_body_skip(play_body *body, const uint8_t *bytes, size_t size);
bool play_body_over(const play_body *body);

#endif
