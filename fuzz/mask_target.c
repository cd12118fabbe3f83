/* Masking is what RFC 6455 5.3 says: octet i XOR octet i mod 4 of the key. For every phase, alignment and
 * cut, in place and not; and twice is not at all.
 *
 * Covers: ws_mask, ws_mask_plain */
#include "support.h"

#include "wire/mask.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    uint8_t key[4] = {fuzz_take(&input), fuzz_take(&input), fuzz_take(&input), fuzz_take(&input)};
    uint64_t phase = fuzz_take(&input);
    if (phase & 0x80) /* near the end of the numbers, too */
        phase = UINT64_MAX - (phase & 0x7f);
    size_t skew = fuzz_take_below(&input, 16);
    size_t cut = fuzz_take_below(&input, input.size + 1);
    size_t length = input.size;
    cut = cut < length ? cut : length;
    uint8_t *in = fuzz_need(malloc(skew + length + 1));
    uint8_t *out = fuzz_need(malloc(skew + length + 1));
    uint8_t *plain = fuzz_need(malloc(length + 1));
    if (length > 0)
        memcpy(in + skew, input.data, length);
    out[skew + length] = 0xa5;
    ws_mask(out + skew, in + skew, length, key, phase);
    ws_mask_plain(plain, in + skew, length, key, phase);
    for (size_t i = 0; i < length; i++) {
        uint8_t expected = input.data[i] ^ key[(phase + i) % 4];
        FUZZ_CHECK(out[skew + i] == expected && plain[i] == expected, "octet %zu of %zu is masked wrong", i,
                   length);
    }
    FUZZ_CHECK(out[skew + length] == 0xa5, "masking writes beyond the payload");
    ws_mask(in + skew, in + skew, cut, key, phase);
    ws_mask(in + skew + cut, in + skew + cut, length - cut, key, phase + cut);
    FUZZ_CHECK(length == 0 || memcmp(in + skew, plain, length) == 0, "pieces in place differ from the whole");
    ws_mask(out + skew, out + skew, length, key, phase);
    FUZZ_CHECK(length == 0 || memcmp(out + skew, input.data, length) == 0, "masked twice is not the payload");
    free(in);
    free(out);
    free(plain);
    return 0;
}
