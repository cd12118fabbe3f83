/* A compressor that refers back by the whole window and by nothing less: the farthest distance there is,
 * which zlib never uses. Private to the room: ws_deflater_options has `farthest` for it. */
#ifndef WIRE_DEFLATE_FAR_H
#define WIRE_DEFLATE_FAR_H

#include "wire/deflate.h"

typedef struct ws_far_deflater ws_far_deflater;

/* NULL when out of memory. */
ws_far_deflater *ws_far_deflater_new(ws_deflate_agreement agreement);
void ws_far_deflater_free(ws_far_deflater *deflater);
/* As ws_deflater_write, but nothing comes out before the last piece. */
ws_status ws_far_deflater_write(ws_far_deflater *deflater, ws_span piece, bool last, ws_buffer *out);

#endif
