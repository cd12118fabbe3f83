/* Masking of payload octets (RFC 6455 5.3). Masking and unmasking are the same operation.
 *
 *     uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
 *     ws_mask(out, in, size, key, 0);            // first piece of a payload
 *     ws_mask(out2, in2, size2, key, size & 3);  // the piece that follows it */
#ifndef WIRE_MASK_H
#define WIRE_MASK_H

#include <stddef.h>
#include <stdint.h>

/* out[i] = in[i] XOR key[(phase + i) mod 4] for i < size. out may equal in (in place); otherwise the two
 * must not overlap. No alignment is asked for. phase is the position of in[0] within the payload; only
 * its two low bits matter. */
void ws_mask(uint8_t *out, const uint8_t *in, size_t size, const uint8_t key[4], uint64_t phase);

/* The definition, octet by octet. ws_mask is held equal to it by a test. */
void ws_mask_plain(uint8_t *out, const uint8_t *in, size_t size, const uint8_t key[4], uint64_t phase);

#endif
