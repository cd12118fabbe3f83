# Writes OUTPUT, a C file that holds the TABLES, the PROBES and the CATALOGUE (lists of JSON files) as byte arrays.
file(WRITE ${OUTPUT}.new "#include \"play/tables.h\"\n\n")

# embed(ARRAY PREFIX FILE...): an array of play_embedded_table.
function(embed array prefix)
  set(rows "")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${prefix}_${name} identifier)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
    file(APPEND ${OUTPUT}.new "static const unsigned char ${identifier}[] = {\n${bytes}0x00};\n\n")
    string(APPEND rows "    {\"${name}\", ${identifier}, sizeof ${identifier} - 1},\n")
  endforeach()
  file(APPEND ${OUTPUT}.new "const play_embedded_table ${array}[] = {\n${rows}    {0, 0, 0}};\n\n")
endfunction()

embed(play_embedded_tables table ${TABLES})
embed(play_embedded_probes probe ${PROBES})
embed(play_embedded_catalogue catalogue ${CATALOGUE})
file(RENAME ${OUTPUT}.new ${OUTPUT})
