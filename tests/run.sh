#!/bin/sh
# Runs every test: tests/run.sh CHECKED-BUILD RELEASE-BUILD. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.."
checked=$1 release=$2
passed=0 failed=0
log=$checked/tests.log

count() { # count PASSED FAILED NAME
    passed=$((passed + $1))
    failed=$((failed + $2))
    printf '%-28s %4d passed, %d failed\n' "$3" "$1" "$2"
}

for program in "$checked"/tests/*_test; do
    name=$(basename "$program")
    status=0
    "$program" >"$log" 2>&1 || status=$?
    line=$(grep -a 'Synthesis:' "$log" | tail -n 1)
    tested=$(printf '%s' "$line" | sed -n 's/.*Tested: [^0-9]*\([0-9][0-9]*\).*/\1/p')
    good=$(printf '%s' "$line" | sed -n 's/.*Passing: [^0-9]*\([0-9][0-9]*\).*/\1/p')
    if [ -z "$tested" ] || [ "$tested" = 0 ]; then
        count 0 1 "$name"
        tail -n 40 "$log"
        continue
    fi
    bad=$((tested - good))
    [ "$bad" = 0 ] && [ "$status" != 0 ] && bad=1
    count "$good" "$bad" "$name"
    grep -aE '^[a-z0-9 -]+(, part [0-9 of]+)?: [0-9]+ (faults|variants)|^the sound peer' "$log" | sed 's/^/    /'
    [ "$bad" = 0 ] || grep -av 'Synthesis:' "$log" | tail -n 60
done

replay() { # replay NAME BUILD: the seeds and past findings of every fuzz target, without an engine
    "$2/fuzz/fuzz_replay" --corpus corpus >"$log" 2>&1
    grep -v '^PASS ' "$log"
    count "$(grep -c '^PASS ' "$log")" "$(grep -c '^FAIL ' "$log")" "$1"
}

replay fuzz-replay "$checked"
[ ! -x "$release/fuzz/fuzz_replay" ] || replay fuzz-replay-release "$release"

script() { # script NAME ARGUMENT...: tests/interop/NAME.py, which prints lines "PASS test" and "FAIL test: why"
    name=$1
    shift
    status=0
    /usr/bin/python3 "tests/interop/$name.py" "$@" >"$checked/$name.log" 2>&1 || status=$?
    echo "$status" >"$checked/$name.status"
}

tell() { # tell NAME: what the script has printed
    log=$checked/$1.log status=$(cat "$checked/$1.status" 2>/dev/null || echo 1)
    grep -v '^PASS ' "$log"
    good=$(grep -c '^PASS ' "$log")
    bad=$(grep -c '^FAIL ' "$log")
    [ "$bad" = 0 ] && { [ "$good" = 0 ] || [ "$status" != 0 ]; } && bad=1
    count "$good" "$bad" "$1"
}

# Most of their time is waiting: two at once.
scripts="interop browser client cli wstest fuzz robustness memory foreign repeat"
for name in $scripts; do rm -f "$checked/$name.log" "$checked/$name.status"; done
(
    script interop --wspect "$release/wspect" --checked "$checked/wspect"
    script browser --wspect "$release/wspect"
    script wstest --wspect "$release/wspect"
    script fuzz --wspect "$release/wspect"
    script foreign --build "$checked"
) &
lane=$!
trap 'kill "$lane" 2>/dev/null' INT TERM
script client --wspect "$checked/wspect"
script cli --wspect "$checked/wspect"
script memory --wspect "$release/wspect" --tests "$checked/tests"
wait "$lane"
# These two look at time and at load.
script robustness --wspect "$release/wspect" --checked "$checked/wspect"
script repeat --wspect "$release/wspect" --short
for name in $scripts; do tell "$name"; done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
