#include "wire/handshake.h"

#include <string.h>

#include <openssl/evp.h>

#include "wire/uri.h"

/* ---- keys ---- */

void ws_handshake_key(const uint8_t nonce[16], char key[WS_KEY_TEXT_SIZE + 1]) {
    EVP_EncodeBlock((unsigned char *)key, nonce, 16);
}

ws_status ws_handshake_accept(ws_span key, char accept[WS_ACCEPT_TEXT_SIZE + 1]) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context)
        return WS_ERR_MEMORY;
    bool done =
        EVP_DigestInit_ex(context, EVP_sha1(), NULL) && EVP_DigestUpdate(context, key.data, key.size) &&
        EVP_DigestUpdate(context, guid, sizeof(guid) - 1) && EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    if (!done)
        return WS_ERR_IO;
    EVP_EncodeBlock((unsigned char *)accept, digest, 20);
    return WS_OK;
}

static bool is_base64(uint8_t octet) {
    uint8_t letter = octet | 0x20;
    return (letter >= 'a' && letter <= 'z') || (octet >= '0' && octet <= '9') || octet == '+' || octet == '/';
}

/* 22 characters and two of padding. The four bits that the last character has to spare may be anything: RFC
 * 4648 3.5 leaves it to decoders whether they mind. */
bool ws_handshake_key_valid(ws_span key) {
    if (key.size != WS_KEY_TEXT_SIZE || memcmp(key.data + WS_KEY_TEXT_SIZE - 2, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < WS_KEY_TEXT_SIZE - 2; i++)
        if (!is_base64(key.data[i]))
            return false;
    return true;
}

/* ---- sending ---- */

static ws_status append_span(ws_buffer *out, ws_span span, ws_status before) {
    return before == WS_OK ? ws_buffer_append(out, span.data, span.size) : before;
}

static ws_status append_text(ws_buffer *out, const char *text, const char *otherwise, ws_status before) {
    return append_span(out, ws_span_of(text ? text : otherwise), before);
}

ws_status ws_http_emit(const ws_http_message *message, ws_buffer *out) {
    const size_t size = out->size;
    ws_status status = append_span(out, message->start_line, WS_OK);
    status = append_text(out, message->start_end, "\r\n", status);
    for (size_t i = 0; i < message->line_count && status == WS_OK; i++) {
        const ws_http_line *line = &message->lines[i];
        status = append_span(out, line->name, status);
        status = append_text(out, line->separator, ": ", status);
        status = append_span(out, line->value, status);
        status = append_text(out, line->end, "\r\n", status);
    }
    status = append_text(out, message->head_end, "\r\n", status);
    status = append_span(out, message->body, status);
    if (status != WS_OK)
        out->size = size;
    return status;
}

/* ---- faults ---- */

static const ws_handshake_fault_info fault_infos[WS_HANDSHAKE_FAULT_COUNT] = {
    [WS_HANDSHAKE_HTTP] = {"http", "RFC 6455 4.1", "the head does not follow the grammar of HTTP"},
    [WS_HANDSHAKE_METHOD] = {"method", "RFC 6455 4.1", "the method is not GET"},
    [WS_HANDSHAKE_HTTP_VERSION] = {"http-version", "RFC 6455 4.1",
                                   "the HTTP version is below 1.1 in a request, or not 1.1 in a response"},
    [WS_HANDSHAKE_TARGET] = {"target", "RFC 6455 4.1",
                             "the target is neither a path nor an http(s) URI, or has a fragment"},
    [WS_HANDSHAKE_HOST_MISSING] = {"host-missing", "RFC 6455 4.2.1", "there is no Host field"},
    [WS_HANDSHAKE_HOST_REPEATED] = {"host-repeated", "RFC 9112 3.2", "there are several Host fields"},
    [WS_HANDSHAKE_HOST_INVALID] = {"host-invalid", "RFC 9112 3.2",
                                   "the Host field is not a host and an optional port"},
    [WS_HANDSHAKE_UPGRADE_MISSING] = {"upgrade-missing", "RFC 6455 4.2.1", "there is no Upgrade field"},
    [WS_HANDSHAKE_UPGRADE_VALUE] = {"upgrade-value", "RFC 6455 4.2.1",
                                    "the Upgrade field does not name websocket"},
    [WS_HANDSHAKE_UPGRADE_LIST] = {"upgrade-list", "RFC 6455 4.1",
                                   "the Upgrade field of the response names more than websocket"},
    [WS_HANDSHAKE_CONNECTION_MISSING] = {"connection-missing", "RFC 6455 4.2.1",
                                         "there is no Connection field"},
    [WS_HANDSHAKE_CONNECTION_VALUE] = {"connection-value", "RFC 6455 4.2.1",
                                       "the Connection field does not hold the token Upgrade"},
    [WS_HANDSHAKE_KEY_MISSING] = {"key-missing", "RFC 6455 4.2.1", "there is no Sec-WebSocket-Key field"},
    [WS_HANDSHAKE_KEY_REPEATED] = {"key-repeated", "RFC 6455 11.3.1",
                                   "there are several Sec-WebSocket-Key fields"},
    [WS_HANDSHAKE_KEY_INVALID] = {"key-invalid", "RFC 6455 4.2.1",
                                  "the Sec-WebSocket-Key field is not the base64 form of 16 octets"},
    [WS_HANDSHAKE_VERSION_MISSING] = {"version-missing", "RFC 6455 4.2.1",
                                      "there is no Sec-WebSocket-Version field"},
    [WS_HANDSHAKE_VERSION_REPEATED] = {"version-repeated", "RFC 6455 11.3.5",
                                       "there are several Sec-WebSocket-Version fields"},
    [WS_HANDSHAKE_VERSION_UNSUPPORTED] = {"version-unsupported", "RFC 6455 4.2.1",
                                          "the Sec-WebSocket-Version field is not 13"},
    [WS_HANDSHAKE_PROTOCOL_INVALID] = {"protocol-invalid", "RFC 6455 4.1",
                                       "the Sec-WebSocket-Protocol field is not a list of different tokens"},
    [WS_HANDSHAKE_EXTENSIONS_INVALID] = {"extensions-invalid", "RFC 6455 9.1",
                                         "the Sec-WebSocket-Extensions field is not a list of extensions"},
    [WS_HANDSHAKE_BODY] = {"body", "RFC 6455 4.1", "the request announces a body"},
    [WS_HANDSHAKE_STATUS] = {"status", "RFC 6455 4.2.2", "the status code is not 101"},
    [WS_HANDSHAKE_ACCEPT_MISSING] = {"accept-missing", "RFC 6455 4.2.2",
                                     "there is no Sec-WebSocket-Accept field"},
    [WS_HANDSHAKE_ACCEPT_REPEATED] = {"accept-repeated", "RFC 6455 11.3.3",
                                      "there are several Sec-WebSocket-Accept fields"},
    [WS_HANDSHAKE_ACCEPT_WRONG] = {"accept-wrong", "RFC 6455 4.2.2",
                                   "the Sec-WebSocket-Accept field does not answer the key"},
    [WS_HANDSHAKE_PROTOCOL_UNOFFERED] = {"protocol-unoffered", "RFC 6455 4.2.2",
                                         "the response names a subprotocol that was not offered"},
    [WS_HANDSHAKE_PROTOCOL_REPEATED] = {"protocol-repeated", "RFC 6455 4.2.2",
                                        "the response does not name exactly one subprotocol"},
    [WS_HANDSHAKE_EXTENSION_UNOFFERED] = {"extension-unoffered", "RFC 6455 4.2.2",
                                          "the response names an extension that was not offered"},
    [WS_HANDSHAKE_EXPECT] = {"expect", "RFC 9110 10.1.1",
                             "the request has Expect, and no content that could be waited for"},
    [WS_HANDSHAKE_ORIGIN] = {"origin", "RFC 6454 7.1",
                             "the Origin field is not \"null\" or scheme, host and port, or comes twice"},
    [WS_HANDSHAKE_KEY_BITS] = {"key-bits", "RFC 4648 3.5",
                               "the last digit of Sec-WebSocket-Key has bits that belong to no octet"},
    [WS_HANDSHAKE_LIST_EMPTY_ELEMENT] = {"list-empty-element", "RFC 9110 5.6.1.1",
                                         "a list has an element that is empty"},
    [WS_HANDSHAKE_LIST_SPACE] = {"list-space", "RFC 9110 5.6.3",
                                 "there is white space around a \"=\" in Sec-WebSocket-Extensions"},
};

bool ws_handshake_binds_sender_alone(ws_handshake_fault fault) {
    return fault >= WS_HANDSHAKE_LIST_EMPTY_ELEMENT && fault < WS_HANDSHAKE_FAULT_COUNT;
}

const ws_handshake_fault_info *ws_handshake_describe(ws_handshake_fault fault) {
    static const ws_handshake_fault_info unknown = {"unknown", "RFC 6455 4", "unknown fault"};
    return (unsigned)fault < WS_HANDSHAKE_FAULT_COUNT ? &fault_infos[fault] : &unknown;
}

bool ws_handshake_has(const ws_handshake_report *report, ws_handshake_fault fault) {
    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].fault == fault)
            return true;
    return false;
}
