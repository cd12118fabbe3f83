/* An endpoint under scripted octets: an exchange gives it a stream in pieces and reads back what it sends as
 * a log: the status or method of its head, a word for each frame, and its wish. Payloads are shown up to 20
 * octets, else as their length; a '!' marks a frame that is masked the wrong way.
 *
 *     exchange x;
 *     exchange_open(&x, &(peer_options){.role = WS_SERVER}, "");
 *     exchange_give_frame(&x, exchange_text("Hello"));
 *     exchange_assert_log(&x, "101 text(Hello)");
 *     exchange_stop(&x);
 *
 * Whatever goes wrong in here aborts the test. */
#ifndef TESTS_SUPPORT_EXCHANGE_H
#define TESTS_SUPPORT_EXCHANGE_H

#include "peer/endpoint.h"

/* The lines of a good request, without the empty line at its end. */
extern const char exchange_request[];
extern const char exchange_deflate_offer[]; /* one more line */

typedef struct exchange {
    peer_endpoint *endpoint;
    ws_role role; /* the endpoint's */
    int64_t now;
    ws_buffer sent; /* by the endpoint */
    ws_buffer log;
    size_t cut; /* octets of a piece; 0: all at once */
} exchange;

/* Makes the endpoint and tells it that it is connected. */
void exchange_start(exchange *x, const peer_options *options);
/* The same, and plays its opening handshake with `extra` lines in the head of the other side. */
void exchange_open(exchange *x, const peer_options *options, const char *extra);
void exchange_stop(exchange *x);

/* Answers the request of a client, with `extra` lines in the head. */
void exchange_give_response(exchange *x, const char *extra);
/* Pieces end at an unreadable page as long as they are short. */
void exchange_give(exchange *x, const void *bytes, size_t size);
void exchange_give_text(exchange *x, const char *text);
/* A frame as the other side sends it: masked when the endpoint is a server. */
void exchange_give_frame(exchange *x, ws_frame frame);
void exchange_give_close(exchange *x, uint16_t code);
void exchange_append_frame(ws_buffer *out, ws_role endpoint, ws_frame frame);
/* Takes all that the endpoint has to send. */
void exchange_take(exchange *x);
/* Lets the clock show `now`, calls the endpoint and takes its output. */
void exchange_wait_until(exchange *x, int64_t now);

ws_frame exchange_frame(uint8_t opcode, bool fin, const char *payload);
ws_frame exchange_text(const char *text);
/* payload: room for the code. */
ws_frame exchange_close(uint16_t code, uint8_t payload[2]);

/* Lives until the next call. */
const char *exchange_log(exchange *x);
/* For tests, which include Criterion. */
#define exchange_assert_log(x, expected) cr_assert_str_eq(exchange_log(x), expected)
/* A field of the head that the endpoint has sent, NUL-terminated, or NULL. */
const char *exchange_field(exchange *x, const char *name, char *text, size_t size);

#endif
