/* The page that `wspect client` serves at "/": it takes a browser through the cases, over the control
 * protocol. Its source is page.html; CMake makes an array of it. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

extern const char cli_page[]; /* HTML in ASCII */

#endif
