/* permessage-deflate (RFC 7692): negotiation, compressing, and an inflater made for judging. */
#ifndef WIRE_DEFLATE_H
#define WIRE_DEFLATE_H

#include "wire/base.h"
#include "wire/extension.h"

/* Parameters of one offer or answer as they stand in the header (7.1). */
typedef struct ws_deflate_params {
    bool server_no_context_takeover;
    bool client_no_context_takeover;
    uint8_t server_max_window_bits;    /* 0: absent; else 8 to 15 */
    uint8_t client_max_window_bits;    /* 0: absent or without value; else 8 to 15 */
    bool client_max_window_bits_given; /* the name is there, with or without value */
} ws_deflate_params;

typedef enum ws_deflate_fault {
    WS_DEFLATE_FINE = 0,
    WS_DEFLATE_NOT_DEFLATE,      /* another extension's name */
    WS_DEFLATE_PARAM_UNKNOWN,    /* 7: parameter that is not defined */
    WS_DEFLATE_PARAM_REPEATED,   /* 7: same name twice */
    WS_DEFLATE_VALUE_MISSING,    /* server_max_window_bits (or, in an answer, client_max_window_bits) without
                                    value */
    WS_DEFLATE_VALUE_UNEXPECTED, /* *_no_context_takeover with a value */
    WS_DEFLATE_VALUE_INVALID,    /* not a decimal number 8 to 15 without leading zero */
    /* answers against the offer: */
    WS_DEFLATE_ANSWER_WINDOW_ABOVE_OFFER, /* 7.1.2.1: server_max_window_bits larger than offered, or left out
                                             though offered */
    WS_DEFLATE_ANSWER_CLIENT_WINDOW_UNOFFERED, /* 7.1.2.2: client_max_window_bits though not offered */
    WS_DEFLATE_ANSWER_TAKEOVER_IGNORED, /* 7.1.1.1: offered server_no_context_takeover is not in the answer */
    WS_DEFLATE_ANSWER_TWICE,            /* 5: two answers would share RSV1; found by whoever sees them all */
    WS_DEFLATE_ANSWER_BESIDE_ANOTHER,   /* 5: another extension is accepted beside it; found likewise */
    WS_DEFLATE_ANSWER_WITHOUT_OFFER,    /* 7: no offer could be accepted; found by whoever sees them all */
    WS_DEFLATE_FAULT_COUNT
} ws_deflate_fault;

const char *ws_deflate_fault_describe(ws_deflate_fault fault);

/* Reads one offer (answer == false) or answer by the rules of 7 and 7.1. The first fault from the left
 * counts, and leaves *params as it was. */
ws_deflate_fault ws_deflate_params_read(const ws_extension *extension, bool answer,
                                        ws_deflate_params *params);
/* Checks an answer against the offer it accepts. */
ws_deflate_fault ws_deflate_answer_check(const ws_deflate_params *offer, const ws_deflate_params *answer);
/* "permessage-deflate; client_max_window_bits" and so on, in the order of the struct.
 * WS_ERR_ARGUMENT when ws_deflate_params_read would refuse what had to be written. */
ws_status ws_deflate_params_write(const ws_deflate_params *params, bool answer, ws_buffer *out);

/* How a server likes to answer. All zero: accept everything, ask for nothing. */
typedef struct ws_deflate_policy {
    bool server_no_context_takeover; /* use it although not asked */
    bool client_no_context_takeover; /* ask for it */
    bool take_hint;                  /* ask for it when the client has offered it */
    uint8_t server_max_window_bits;  /* 0: 15, which is the default and not mentioned */
    uint8_t client_max_window_bits;  /* the same; asked for only when the client offered it */
} ws_deflate_policy;

/* Picks the first offer of the list that is well-formed and can be honoured; true and *answer when there is
 * one. A client's hints (client_no_context_takeover, the value of client_max_window_bits) are taken up only
 * where the policy says so. False also when a window of the policy is neither 0 nor 8 to 15. */
bool ws_deflate_negotiate(const ws_extension_list *offers, const ws_deflate_policy *policy,
                          ws_deflate_params *answer);

/* What one direction of a connection has agreed on. */
typedef struct ws_deflate_agreement {
    uint8_t window_bits;      /* 8 to 15 */
    bool no_context_takeover; /* every message starts with an empty window */
} ws_deflate_agreement;

ws_deflate_agreement ws_deflate_agreed(const ws_deflate_params *answer, ws_role sender);

/* Compressing, on zlib. */
typedef struct ws_deflater ws_deflater;
typedef struct ws_deflater_options {
    ws_deflate_agreement agreement;
    int level;        /* 0 to 9; -1: zlib's default. 0 gives stored blocks */
    int mem_level;    /* 1 to 9; 0: 8 */
    bool fixed_codes; /* no dynamic Huffman codes */
    bool farthest;    /* every match at the distance of the whole window, with fixed codes; without zlib */
} ws_deflater_options;
/* NULL when out of memory or when an option is out of its range. A window of 8 bits never refers back further
 * than 256 octets, which zlib cannot promise with matches; such a deflater uses literals and runs only (with
 * fixed_codes: matches inside pieces of 256 octets). */
ws_deflater *ws_deflater_new(const ws_deflater_options *options);
void ws_deflater_free(ws_deflater *deflater);
/* Appends compressed octets of a piece of a message. With last, the message is ended as 7.2.1 says: flushed,
 * and the four octets 00 00 ff ff taken off (the limit of out must hold them before that); an
 * empty message gives one octet 00. After a failure out is as it was, but the stream is not: every later
 * write fails too. */
ws_status ws_deflater_write(ws_deflater *deflater, ws_span piece, bool last, ws_buffer *out);

/* Inflating, our own: every distance is checked against the agreed window and against the octets that the
 * agreed context really holds; BFINAL, stored and empty blocks are taken as 7.2.2 and 7.2.3 describe: after a
 * block with BFINAL and its padding bits, which are not looked at, more blocks follow and the window stays.
 */
typedef struct ws_inflater ws_inflater;

typedef enum ws_inflate_result {
    WS_INFLATE_MORE_INPUT,  /* all input used */
    WS_INFLATE_MORE_OUTPUT, /* out is full; call again */
    WS_INFLATE_CORRUPT,     /* not a DEFLATE stream (RFC 1951); stays so */
    WS_INFLATE_WINDOW       /* a distance reaches beyond the window or the context (7.1.1, 7.1.2); stays so */
} ws_inflate_result;

/* One allocation (a 32 KiB window and tables); NULL when out of memory or when window_bits is not 8 to 15. */
ws_inflater *ws_inflater_new(ws_deflate_agreement agreement);
void ws_inflater_free(ws_inflater *inflater);
/* Inflates a piece of a message. *used and *made say how much of in was read and of out was written,
 * whatever the result. Input is used up before it is asked for; a call makes no more than out_size octets. */
ws_inflate_result ws_inflater_feed(ws_inflater *inflater, ws_span in, size_t *used, uint8_t *out,
                                   size_t out_size, size_t *made);
/* The message's payload is over: feeds the octets 00 00 ff ff that the sender took off (7.2.2). Call until it
 * returns WS_INFLATE_MORE_INPUT; then the next message may begin. WS_INFLATE_CORRUPT when the message ends
 * inside a block or a block's header. So does a payload of no octets: 7.2.1 always leaves the header of the
 * empty block, without which the four octets are an unfinished block. */
ws_inflate_result ws_inflater_end_message(ws_inflater *inflater, uint8_t *out, size_t out_size, size_t *made);
/* Largest distance that was seen since the inflater was made, 0 to 32768; and whether any reached into an
 * earlier message. A distance that was refused counts in both. */
uint32_t ws_inflater_max_distance(const ws_inflater *inflater);
bool ws_inflater_used_context(const ws_inflater *inflater);

#endif
