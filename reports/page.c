#include "reports/page.h"

#include <inttypes.h>

/* --- how it looks --- */

static const char *const style[] = {
    ":root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--fg:#1d2125;--soft:#59616b;--line:#dcdfe3;\n",
    "--code:#f1f2f4;--link:#0b57b0;--ok:#0a6337;--ok-bg:#dff2e6;--bad:#9c141b;--bad-bg:#fbe0e0;\n",
    "--warn:#744700;--warn-bg:#faebca;--info:#1c4c8c;--info-bg:#e0ebf9;--odd:#57438a;--odd-bg:#eae5f6;\n",
    "--grey:#50565e;--grey-bg:#e7e9ec;--ink:#8a3200;--ink-bg:#fde5d5}\n",
    "@media screen and (prefers-color-scheme:dark){\n",
    ":root{--bg:#14171a;--card:#1c2024;--fg:#e4e7ea;--soft:#9da6b0;--line:#343a41;--code:#262b30;\n",
    "--link:#8dbdf5;--ok:#8be0ad;--ok-bg:#123621;--bad:#ffaaa8;--bad-bg:#4a1719;--warn:#f1cd7d;\n",
    "--warn-bg:#40300a;--info:#a6cbfa;--info-bg:#172f50;--odd:#cabdf2;--odd-bg:#312752;--grey:#b3bac2;\n",
    "--grey-bg:#2e3338;--ink:#ffbd93;--ink-bg:#4a2408}\n",
    "}\n",
    "*{box-sizing:border-box}\n",
    "html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}\n",
    "body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}\n",
    "main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}\n",
    "a{color:var(--link)}\n",
    "h1{font-size:1rem;font-weight:600;color:var(--soft);margin:0}\n",
    "h2{font-size:1.25rem;margin:2.5rem 0 .75rem}\n",
    "h3{font-size:1.05rem;margin:2rem 0 .5rem}\n",
    "code,.id,.target{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\n",
    "overflow-wrap:anywhere}\n",
    "code{font-size:.85em}\n",
    ".target{font-size:1.5rem;line-height:1.3;margin:.25rem 0 .5rem}\n",
    ".soft{color:var(--soft)}\n",
    "p{margin:.5rem 0}\n",
    ".result{padding:.75rem 1rem;margin:1rem 0;border-radius:.5rem;font-size:1.15rem;font-weight:600}\n",
    ".counts{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:1rem 0}\n",
    ".counts li{padding:.35rem .75rem;border-radius:.5rem;font-size:.85rem}\n",
    ".counts b{font-size:1.15rem;margin-right:.35rem}\n",
    ".counts .zero{color:var(--soft);background:var(--grey-bg)}\n",
    ".chip{display:inline-block;padding:0 .5rem;border-radius:.3rem;font-size:.75rem;font-weight:700;\n",
    "letter-spacing:.02em;white-space:nowrap}\n",
    ".ok{color:var(--ok);background:var(--ok-bg)}\n",
    ".failed{color:var(--bad);background:var(--bad-bg)}\n",
    ".non-strict{color:var(--warn);background:var(--warn-bg)}\n",
    ".informational{color:var(--info);background:var(--info-bg)}\n",
    ".unimplemented{color:var(--odd);background:var(--odd-bg)}\n",
    ".skipped{color:var(--grey);background:var(--grey-bg)}\n",
    ".inconclusive,.flaky{color:var(--ink);background:var(--ink-bg)}\n",
    ".wide{overflow-x:auto}\n",
    "table{border-collapse:collapse;font-size:.875rem;width:100%}\n",
    "th{text-align:left;font-weight:600;color:var(--soft);white-space:nowrap}\n",
    "th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}\n",
    ".groups{background:var(--card)}\n",
    ".groups th+th,.groups td+td{text-align:right}\n",
    ".n0{color:var(--soft)}\n",
    ".first{list-style:none;padding:0}\n",
    ".first li{padding:.4rem 0;border-bottom:1px solid var(--line)}\n",
    ".case{background:var(--card);border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0}\n",
    ".case:target{outline:2px solid var(--link)}\n",
    ".case>summary{padding:.5rem .75rem;cursor:pointer;display:flex;flex-wrap:wrap;gap:.25rem .75rem;\n",
    "align-items:baseline}\n",
    ".case>summary:hover .id{text-decoration:underline}\n",
    ".id{font-size:.875rem}\n",
    ".case>summary::before{content:'\\25b8';color:var(--soft)}\n",
    ".case[open]>summary::before{content:'\\25be'}\n",
    ".grow{flex:1 1 16rem}\n",
    ".case[open]>summary{border-bottom:1px solid var(--line)}\n",
    ".body{padding:.5rem .75rem .75rem;overflow-x:auto}\n",
    ".reason{padding:.4rem .75rem;border-radius:.3rem;white-space:pre-line;overflow-wrap:anywhere}\n",
    ".why{white-space:pre-line;overflow-wrap:anywhere}\n",
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.75rem 0;\n",
    "font-size:.875rem}\n",
    "dt{color:var(--soft)}\n",
    "dd{margin:0;overflow-wrap:anywhere}\n",
    "dd code{background:var(--code);padding:.1rem .3rem;border-radius:.2rem}\n",
    ".log td:nth-child(-n+3){white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}\n",
    ".log td:nth-child(1),.log td:nth-child(3){text-align:right}\n",
    ".log .o td:nth-child(2){color:var(--info)}\n",
    ".log .i td:nth-child(2){color:var(--odd)}\n",
    ".log code,.log td:nth-child(n+5){white-space:pre-wrap}\n",
    ".log td:nth-child(n+5){font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;\n",
    "font-size:.74rem;overflow-wrap:anywhere}\n",
    ".log td:nth-child(5){min-width:11rem}\n",
    ".log .e td{color:var(--soft)}\n",
    ".note{display:block;color:var(--bad);font-weight:600}\n",
    ".log .bad td{background:var(--bad-bg)}\n",
    "@media(max-width:44rem){\n",
    "dl{grid-template-columns:1fr;gap:0}\n",
    "dd{margin-bottom:.4rem}\n",
    ".log thead{display:none}\n",
    ".log tr{display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line)}\n",
    ".log td{border:0;padding:.1rem .5rem .1rem 0}\n",
    ".log td:nth-child(4){flex:1 1 60%}\n",
    ".log td:nth-child(n+5){flex:1 1 100%}\n",
    "}\n",
    "@media print{\n",
    "body{background:#fff;font-size:11px}\n",
    "main{max-width:none;padding:0}\n",
    ".case{break-inside:avoid}\n",
    ".case[open]{break-inside:auto}\n",
    "a{color:inherit}\n",
    "}\n",
};

static const char *const verdict_classes[REPORT_VERDICT_COUNT] = {
    [REPORT_OK] = "ok",
    [REPORT_NON_STRICT] = "non-strict",
    [REPORT_INFORMATIONAL] = "informational",
    [REPORT_UNIMPLEMENTED] = "unimplemented",
    [REPORT_FAILED] = "failed",
    [REPORT_SKIPPED] = "skipped",
    [REPORT_INCONCLUSIVE] = "inconclusive",
};

const char *page_class(report_verdict verdict) {
    return verdict_classes[verdict];
}

/* --- text --- */

static void put_escaped(FILE *out, uint32_t point) {
    switch (point) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        report_put_utf8(out, point);
    }
}

void page_prose(FILE *out, uint32_t point) {
    put_escaped(out, point == '\n' ? point : report_visible(point));
}

void page_octet(FILE *out, uint32_t point) {
    put_escaped(out, report_visible(point));
}

void page_line_octet(FILE *out, uint32_t point) {
    page_octet(out, point);
    if (point == '\n')
        putc('\n', out);
}

void page_cut(FILE *out, report_octets text, size_t max, report_put put) {
    report_octets shown = report_text_cut(text, max);
    report_text_each(out, shown, put);
    if (shown.size < text.size)
        fputs("\xe2\x80\xa6", out);
}

void page_text(FILE *out, const char *text) {
    page_cut(out, report_octets_of(text), PAGE_TEXT_MAX, page_prose);
}

void page_anchor(FILE *out, const char *id) {
    for (; *id; id++) {
        bool plain = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') || (*id >= '0' && *id <= '9') ||
                     *id == '.' || *id == '-';
        if (plain)
            putc(*id, out);
        else
            fprintf(out, "_%02x", (unsigned char)*id);
    }
}

void page_hex(FILE *out, report_octets octets, size_t max) {
    for (size_t i = 0; i < octets.size && i < max; i++)
        fprintf(out, "%02x", octets.data[i]);
    if (octets.size > max)
        fputs("\xe2\x80\xa6", out);
}

void page_duration(FILE *out, int64_t duration_us) {
    if (duration_us < 10000)
        fprintf(out, "%.1f ms", (double)duration_us / 1e3);
    else if (duration_us < 1000000)
        fprintf(out, "%.0f ms", (double)duration_us / 1e3);
    else if (duration_us < 120000000)
        fprintf(out, "%.2f s", (double)duration_us / 1e6);
    else
        fprintf(out, "%.1f min", (double)duration_us / 6e7);
}

void page_chip(FILE *out, report_verdict verdict) {
    fprintf(out, "<span class=\"chip %s\">%s</span>", verdict_classes[verdict], report_verdict_name(verdict));
}

/* --- the page --- */

void page_begin(FILE *out, const char *what, const char *name) {
    page_begin_styled(out, what, name, "");
}

void page_begin_styled(FILE *out, const char *what, const char *name, const char *rules) {
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          /* A second wall behind the escaping: even markup that got through could load and run nothing. */
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
          "style-src 'unsafe-inline';img-src data:\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>",
          out);
    fputs(what, out);
    page_text(out, name);
    fputs(" \xc2\xb7 WebSocket conformance</title>\n<style>\n", out);
    for (size_t i = 0; i < sizeof style / sizeof *style; i++)
        fputs(style[i], out);
    fputs(rules, out);
    fputs("</style></head>\n<body><main>\n", out);
}

void page_end(FILE *out) {
    fputs("</main></body></html>\n", out);
}
