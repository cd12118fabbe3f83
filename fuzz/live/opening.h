/* Opening handshakes of the live fuzzer, and what it offers of permessage-deflate. */
#ifndef LIVE_OPENING_H
#define LIVE_OPENING_H

#include "live/genome.h"
#include "wire/base.h"

#include <jansson.h>

enum { LIVE_OFFERS = 7 };

/* The member "deflate" of a case; NULL when out of memory. */
json_t *live_deflate_json(const live_genome *genome);
/* The member "handshake"; NULL when out of memory. */
json_t *live_opening_json(const live_genome *genome, ws_role peer);
/* Whether the session is over with the opening handshake, whatever its genes say; and what it does then. */
bool live_opening_ends_session(const live_genome *genome);
void live_opening_steps(const live_genome *genome, ws_role peer, json_t *steps);
/* For a title: "", ", an opening handshake unlike others", ... */
const char *live_opening_text(const live_genome *genome, ws_role peer);
/* Which rule the opening handshake breaks; 0: none, or any. */
uint8_t live_opening_kind(const live_genome *genome, ws_role peer);

#endif
