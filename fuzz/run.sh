#!/bin/sh
# run.sh [TARGET] [--time S] [--jobs N]   fuzzes one target, or all in turn; S seconds each (60)
# run.sh --seeds [TARGET]                 makes the seeds of corpus/ anew and keeps what covers something
# run.sh --prune [TARGET]                 of what fuzzing has gathered in build/fuzz/corpus, keeps what covers something
# run.sh --coverage                       what the seeds cover of the reference code, held to fuzz/floors.txt; a page
# run.sh --speed [TARGET]                 executions a second and core, with and without sanitizers
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
seconds=60 jobs=1 what=fuzz target=

usage() {
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --time | --jobs)
        case ${2:-} in '' | *[!0-9]*) echo "$1 wants a number" >&2 && exit 2 ;; esac
        [ "$1" = --time ] && seconds=$2 || jobs=$2
        shift
        ;;
    --seeds | --prune | --coverage | --speed) what=${1#--} ;;
    -*) usage ;;
    *) [ -z "$target" ] || usage && target=$1 ;;
    esac
    shift
done

targets=$(ls fuzz/*_target.c | sed 's,fuzz/\(.*\)_target.c,\1,')
if [ -n "$target" ]; then
    [ -f "fuzz/${target}_target.c" ] || { echo "there is no target \"$target\"; there are:" $targets >&2; exit 2; }
    targets=$target
fi

# build FOLDER "PROGRAM..." OPTION...
build() {
    folder=$1 programs=$2
    shift 2
    mkdir -p build
    # shellcheck disable=SC2086
    cmake -S . -B "$folder" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DWSPECT_TESTS=OFF "$@" >"$folder.log" 2>&1 &&
        cmake --build "$folder" --target $programs >"$folder.log" 2>&1 && return 0
    tail -n 40 "$folder.log" >&2
    exit 2
}

all=
for name in $targets; do all="$all fuzz_$name"; done
build_checked() { build build/fuzz "$all" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DWSPECT_FUZZERS=ON; }
build_fast() { build build/fuzz-fast "fuzz_seeds $all" -DCMAKE_BUILD_TYPE=Release -DWSPECT_FUZZERS=ON -DWSPECT_SANITIZE=OFF; }

# Inputs longer than this find nothing that shorter ones do not.
longest() {
    case $1 in table_loader | report_loader) echo 16384 ;; *) echo 4096 ;; esac
}

# options TARGET: what every run of its engine is given
options() {
    printf '%s ' -max_len="$(longest "$1")" -print_funcs=0 -timeout=20
    [ -f "corpus/$1.dict" ] && printf '%s ' "-dict=corpus/$1.dict"
    return 0
}

# more_seeds TARGET: those of the foreign parsers are laid out as for the targets that read frames
more_seeds() {
    case $1 in frame_feed | frame_cuts | receiver) echo corpus/foreign ;; esac
}

fuzz() {
    build_checked
    code=0
    for name in $targets; do
        grown=build/fuzz/corpus/$name findings=build/fuzz/findings/$name log=build/fuzz/$name.log
        mkdir -p "$grown" "$findings"
        fork=
        [ "$jobs" -gt 1 ] && fork=-fork=$jobs
        status=0
        # shellcheck disable=SC2046
        "build/fuzz/fuzz/fuzz_$name" $(options "$name") $fork -max_total_time="$seconds" -artifact_prefix="$findings/" \
            -print_final_stats=1 "$grown" "corpus/$name" $(more_seeds "$name") >"$log" 2>&1 || status=$?
        rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
        last=$(grep -E ' cov: ' "$log" | tail -n 1 | sed 's/.*cov: \([0-9]*\) ft: \([0-9]*\).*/\1 edges, \2 features/')
        printf '%-18s %8s a second, %s\n' "$name" "${rate:-?}" "${last:-?}"
        [ "$status" = 0 ] && continue
        code=1
        grep -E "_target.c:|/heads.c:|/stream.c:|ERROR:|SUMMARY:" "$log" | head -n 5
        echo "a finding of $name: $(ls "$findings" | head -n 3 | tr '\n' ' ')in $findings; what the engine says: $log"
    done
    return "$code"
}

# The generator's seeds and what the corpus has already, in the smallest number of files that cover the same edges as
# often: so an input that fuzzing has found, put into corpus/TARGET/, stays as long as it is of use.
seeds() {
    build_fast
    rm -rf build/seeds
    build/fuzz-fast/fuzz/fuzz_seeds build/seeds cases
    for name in $targets; do
        kept=build/seeds/kept/$name log=build/seeds/$name.log
        mkdir -p "$kept" "corpus/$name" "build/seeds/$name" "build/fuzz/corpus/$name"
        # shellcheck disable=SC2086
        "build/fuzz-fast/fuzz/fuzz_$name" -max_len="$(longest "$name")" -set_cover_merge=1 -artifact_prefix=build/seeds/ "$kept" "corpus/$name" \
            "build/seeds/$name" "build/fuzz/corpus/$name" >"$log" 2>&1 || { tail -n 20 "$log" >&2 && exit 1; }
        rm -rf "corpus/$name"
        mv "$kept" "corpus/$name"
        printf '%-18s %4d files, %7d octets\n' "$name" "$(ls "corpus/$name" | wc -l)" "$(cat "corpus/$name"/* | wc -c)"
    done
}

# So that a corpus that is handed from night to night does not grow for ever.
prune() {
    build_checked
    for name in $targets; do
        grown=build/fuzz/corpus/$name kept=build/fuzz/kept/$name log=build/fuzz/$name.log
        [ -d "$grown" ] || continue
        rm -rf "$kept"
        mkdir -p "$kept"
        "build/fuzz/fuzz/fuzz_$name" -max_len="$(longest "$name")" -merge=1 "$kept" "corpus/$name" "$grown" >"$log" 2>&1 ||
            { tail -n 20 "$log" >&2 && exit 1; }
        before=$(ls "$grown" | wc -l)
        rm -rf "$grown"
        mv "$kept" "$grown"
        printf '%-18s %6d files of %d\n' "$name" "$(ls "$grown" | wc -l)" "$before"
    done
}

# Of single targets, held to floors.txt: rows "TARGET PERCENT FILE...", lines of these files that its seeds cover.
coverage() {
    build build/fuzz-coverage fuzz_replay -DCMAKE_BUILD_TYPE=Debug -DWSPECT_COVERAGE=ON -DWSPECT_REPLAY=ON
    replay=build/fuzz-coverage/fuzz/fuzz_replay
    code=0
    rm -f build/fuzz-coverage/*.profdata
    for name in $targets; do
        rm -f build/fuzz-coverage/run-*.profraw
        folders=corpus/$name
        [ -d "corpus/regressions/$name" ] && folders="$folders corpus/regressions/$name"
        # shellcheck disable=SC2086
        LLVM_PROFILE_FILE="build/fuzz-coverage/run-%p.profraw" "$replay" "$name" $folders >/dev/null || code=1
        llvm-profdata merge -sparse build/fuzz-coverage/run-*.profraw -o "build/fuzz-coverage/$name.profdata"
        row=$(grep -E "^$name " fuzz/floors.txt) || { echo "FAIL $name: no row in fuzz/floors.txt" && code=1 && continue; }
        floor=$(echo "$row" | awk '{print $2}') files=$(echo "$row" | cut -d' ' -f3-)
        # shellcheck disable=SC2086
        covered=$(llvm-cov report "$replay" -instr-profile="build/fuzz-coverage/$name.profdata" $files | awk '$1 == "TOTAL" {print $10}')
        if awk "BEGIN { exit !(${covered%\%} < $floor) }"; then
            echo "FAIL $name: $covered of the lines of $files, at least $floor%" && code=1
        else
            echo "PASS $name: $covered of the lines of $files"
        fi
    done
    [ -z "$target" ] || return "$code"
    llvm-profdata merge -sparse build/fuzz-coverage/*.profdata -o build/fuzz-coverage/all.data
    llvm-cov report "$replay" -instr-profile=build/fuzz-coverage/all.data harness/wire | tee build/fuzz-coverage/wire.txt
    # shellcheck disable=SC2046
    set -- $(sed -n 's/^wire //p' fuzz/floors.txt)
    if awk -v lines="$1" -v branches="$2" '$1 == "TOTAL" {exit !($10 + 0 >= lines && $13 + 0 >= branches)}' build/fuzz-coverage/wire.txt; then
        echo "PASS wire: at least $1% of lines, $2% of branches"
    else
        echo "FAIL wire: fewer than $1% of lines or $2% of branches" && code=1
    fi
    llvm-cov show "$replay" -instr-profile=build/fuzz-coverage/all.data -format=html -show-branches=count \
        -output-dir=build/fuzz-coverage/html harness reports >/dev/null
    echo "line by line: $root/build/fuzz-coverage/html/index.html"
    return "$code"
}

# On small inputs, by time of the processor: so another process on the machine does not count.
speed() {
    build_checked
    build_fast
    for name in $targets; do
        rates= small=256
        case $name in frame_*) small=64 ;; esac
        for kind in fuzz-fast fuzz; do
            short=build/$kind/short
            rm -rf "$short" && mkdir -p "$short"
            find "corpus/$name" -type f -size -"$small"c -exec cp {} "$short" \;
            # shellcheck disable=SC2046
            rates="$rates $(python3 - "build/$kind/fuzz/fuzz_$name" $(options "$name") -max_len="$small" -max_total_time=5 \
                -print_final_stats=1 "$short" <<'PYTHON'
import resource, re, subprocess, sys
run = subprocess.run(sys.argv[1:], capture_output=True, text=True, errors="replace")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
units = re.search(r"number_of_executed_units: *(\d+)", run.stderr)
print(int(int(units.group(1)) / (used.ru_utime + used.ru_stime)) if units else 0)
PYTHON
            )"
        done
        # shellcheck disable=SC2086
        printf '%-18s %8d a second and core, %8d with sanitizers\n' "$name" $rates
    done
}

"$what"
