#include "play/body.h"

static bool read_length(ws_span digits, uint64_t *length) {
    *length = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' || *length > UINT64_MAX / 10 - 1)
            return false;
        *length = *length * 10 + (digits.data[i] - '0');
    }
    return digits.size > 0;
}

void play_body_begin(play_body *body, const ws_http_head *head) {
    const ws_http_field *length = ws_http_field_get(head, "Content-Length", 0);
    *body = (play_body){.state = PLAY_BODY_UNTIL_END};
    if (head->status == 204 || head->status == 304)
        body->state = PLAY_BODY_OVER;
    else if (ws_http_list_has(head, "Transfer-Encoding", "chunked"))
        body->state = PLAY_BODY_CHUNK_SIZE;
    else if (length && read_length(length->value, &body->left))
        body->state = body->left > 0 ? PLAY_BODY_LENGTH : PLAY_BODY_OVER;
}

static int hex_digit(uint8_t octet) {
    uint8_t lower = octet | 0x20;
    if (octet >= '0' && octet <= '9')
        return octet - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The size line is over. */
static void begin_chunk(play_body *body) {
    body->state = body->left > 0 ? PLAY_BODY_CHUNK : PLAY_BODY_TRAILER;
    body->empty_line = true;
}

static void take_size(play_body *body, uint8_t octet) {
    int digit = hex_digit(octet);
    if (octet == '\n')
        begin_chunk(body);
    else if (digit < 0)
        body->state = PLAY_BODY_CHUNK_EXTENSION;
    else if (body->left > UINT64_MAX / 16 - 1)
        body->state = PLAY_BODY_UNTIL_END;
    else
        body->left = body->left * 16 + (uint64_t)digit;
}

static void take_trailer(play_body *body, uint8_t octet) {
    if (octet == '\n' && body->empty_line)
        body->state = PLAY_BODY_OVER;
    else if (octet != '\r')
        body->empty_line = octet == '\n';
}

static void take(play_body *body, uint8_t octet) {
    switch (body->state) {
    case PLAY_BODY_LENGTH:
        if (--body->left == 0)
            body->state = PLAY_BODY_OVER;
        break;
    case PLAY_BODY_CHUNK:
        if (--body->left == 0)
            body->state = PLAY_BODY_CHUNK_END;
        break;
    case PLAY_BODY_CHUNK_END:
        if (octet == '\n')
            body->state = PLAY_BODY_CHUNK_SIZE;
        break;
    case PLAY_BODY_CHUNK_SIZE:
        take_size(body, octet);
        break;
    case PLAY_BODY_CHUNK_EXTENSION:
        if (octet == '\n')
            begin_chunk(body);
        break;
    case PLAY_BODY_TRAILER:
        take_trailer(body, octet);
        break;
    case PLAY_BODY_OVER:
    case PLAY_BODY_UNTIL_END:
        break;
    }
}

size_t play_body_skip(play_body *body, const uint8_t *bytes, size_t size) {
    size_t used = 0;
    if (body->state == PLAY_BODY_UNTIL_END)
        return size;
    while (used < size && body->state != PLAY_BODY_OVER)
        take(body, bytes[used++]);
    return used;
}

bool play_body_over(const play_body *body) {
    return body->state == PLAY_BODY_OVER;
}
