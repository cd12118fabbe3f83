/* What the faults of frames share: whether a frame stands in the place that its row names. For
 * faults_frames_*.c alone. */
#ifndef PEER_FRAME_HOOKS_H
#define PEER_FRAME_HOOKS_H

#include "peer/behaviour.h"

/* `inside`: a fragmented message was in progress before. */
static inline bool has(const peer_place *place, const ws_frame_header *header, bool inside) {
    if (place->opcodes && !(place->opcodes & (1u << header->opcode)))
        return false;
    if (((place->parts & PEER_FINAL) && !header->fin) || ((place->parts & PEER_OPEN) && header->fin))
        return false;
    if (((place->parts & PEER_EMPTY) && header->length > 0) || ((place->parts & PEER_INSIDE) && !inside))
        return false;
    return header->length >= place->least && (place->most == 0 || header->length <= place->most);
}

static inline const peer_place *place_of(const peer_endpoint *endpoint) {
    return &peer_behaviour_of(endpoint)->place;
}

static inline bool is_in_place(const peer_arrival *arrival) {
    return has(place_of(arrival->endpoint), &arrival->event->header, arrival->inside_message);
}

static inline bool is_emitted_in_place(const peer_emission *emission) {
    const ws_frame *frame = &emission->frame;
    const ws_frame_header header = {
        .opcode = frame->opcode, .fin = frame->fin, .length = frame->payload.size};
    return has(place_of(emission->endpoint), &header, false);
}

#endif
