# A copy of harness/wire with a bug in it, to see whether the fuzzers and the suite find it: -DWSPECT_PLANT=NAME applies
# fuzz/planted/NAME.patch. Sets planted_wire to the folder of the copy.
set(plant_patch ${PROJECT_SOURCE_DIR}/fuzz/planted/${WSPECT_PLANT}.patch)
if(NOT EXISTS ${plant_patch})
  message(FATAL_ERROR "WSPECT_PLANT: there is no fuzz/planted/${WSPECT_PLANT}.patch")
endif()
find_program(PATCH_PROGRAM patch REQUIRED)
set(plant_root ${PROJECT_BINARY_DIR}/planted)
set(planted_wire ${plant_root}/wire)
file(REMOVE_RECURSE ${plant_root}/patched)
file(COPY ${PROJECT_SOURCE_DIR}/harness/wire DESTINATION ${plant_root}/patched/harness)
execute_process(COMMAND ${PATCH_PROGRAM} -p1 -s -i ${plant_patch} WORKING_DIRECTORY ${plant_root}/patched
                RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "WSPECT_PLANT: ${plant_patch} does not apply")
endif()
# Only what differs from the bug that was planted before is written, and so built again.
file(GLOB patched_sources RELATIVE ${plant_root}/patched/harness/wire ${plant_root}/patched/harness/wire/*)
foreach(source ${patched_sources})
  configure_file(${plant_root}/patched/harness/wire/${source} ${planted_wire}/${source} COPYONLY)
endforeach()
file(GLOB plant_sources ${PROJECT_SOURCE_DIR}/harness/wire/*)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${plant_patch} ${plant_sources})
