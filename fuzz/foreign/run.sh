#!/bin/sh
# Fuzzes a foreign parser beside the reference: run.sh NAME|ADAPTER.c [FLAG...] [--time S] [--jobs N]
# NAME is one of the adapters that come with wspect; ADAPTER.c is yours, with flags for compiler and linker.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=60 jobs=1 foreign=
[ $# -gt 0 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
name=$1
case $name in
*.c | *.cc | *.cpp | *.cxx) foreign=$(cd "$(dirname "$name")" && pwd)/$(basename "$name") name=own ;;
esac
shift
while [ $# -gt 0 ]; do
    case $1 in
    --time | --jobs)
        [ $# -gt 1 ] || { echo "$1 wants a number" >&2; exit 2; }
        [ "$1" = --time ] && seconds=$2 || jobs=$2
        shift
        ;;
    *.c | *.cc | *.cpp | *.cxx | *.a | *.so | *.o) foreign="$foreign;$(cd "$(dirname "$1")" && pwd)/$(basename "$1")" ;;
    *) foreign="$foreign;$1" ;;
    esac
    shift
done

build=$root/build/foreign
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS_DEBUG="-O1 -g" -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g" -DWSPECT_FUZZERS=ON -DWSPECT_TESTS=OFF \
    "-DWSPECT_FOREIGN=$foreign" >"$build.log" 2>&1 || { cat "$build.log" >&2; exit 2; }
if ! cmake --build "$build" --target "fuzz_foreign_$name" "foreign_survey_$name" >"$build.log" 2>&1; then
    tail -n 40 "$build.log" >&2
    echo "there is no adapter \"$name\", or its parser is not installed, or it does not compile" >&2
    exit 2
fi

corpus=$build/corpus/$name findings=$build/findings/$name
mkdir -p "$corpus" "$findings"
echo "fuzzing for $seconds seconds; the corpus is in $corpus, findings go to $findings"
status=0
fork=
[ "$jobs" -gt 1 ] && fork="-fork=$jobs"
WSPECT_FINDINGS=$findings "$build/fuzz/foreign/fuzz_foreign_$name" -max_total_time="$seconds" -max_len=1024 $fork \
    -artifact_prefix="$findings/" -print_final_stats=1 "$corpus" "$root/corpus/foreign" "$root/corpus/receiver" "$root/corpus/frame_feed" >"$build/fuzz-$name.log" 2>&1 || status=$?
grep -E '^stat::(number_of_executed_units|average_exec_per_sec)|^SUMMARY|ERROR:' "$build/fuzz-$name.log" || true
[ "$status" = 0 ] || echo "the run left with $status: see $build/fuzz-$name.log"
if [ -n "$(ls -A "$findings")" ]; then
    "$build/fuzz/foreign/foreign_survey_$name" "$findings" || status=1
fi
exit "$status"
