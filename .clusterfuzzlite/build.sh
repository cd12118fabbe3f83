#!/bin/bash -eu
# Builds every target with the compiler, flags and engine of the environment, and packs its seeds and dictionary:
# CC, CFLAGS, LIB_FUZZING_ENGINE, SRC, WORK and OUT are theirs.
cd "$SRC/wspect"
cmake -S . -B "$WORK/build" -G Ninja -DCMAKE_BUILD_TYPE=None -DWSPECT_TESTS=OFF -DWSPECT_FUZZERS=ON -DWSPECT_SANITIZE=OFF \
    -DWSPECT_STATIC=ON "-DWSPECT_FUZZ_ENGINE=$LIB_FUZZING_ENGINE"
for source in fuzz/*_target.c; do
    name=$(basename "$source" _target.c)
    ninja -C "$WORK/build" "fuzz_$name"
    cp "$WORK/build/fuzz/fuzz_$name" "$OUT/"
    seeds=("corpus/$name")
    [ -d "corpus/regressions/$name" ] && seeds+=("corpus/regressions/$name")
    rm -f "$OUT/fuzz_${name}_seed_corpus.zip"
    zip -q -j -r "$OUT/fuzz_${name}_seed_corpus.zip" "${seeds[@]}"
    if [ -f "corpus/$name.dict" ]; then cp "corpus/$name.dict" "$OUT/fuzz_$name.dict"; fi
done
