# Writes OUTPUT, a C file that holds PAGE (an HTML file in ASCII) as a string.
file(READ ${PAGE} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"cli/page.h\"\n\nconst char cli_page[] = {\n${bytes}0x00};\n")
