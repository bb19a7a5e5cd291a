#!/usr/bin/env bash
# Kills a training run with SIGKILL at random moments, and resumes it each time, until it is done; the final weights and the history must have
# the same SHA-256 as those of a run that was never interrupted. Runs are repeated until there were at least KILLS kills.
#
#     kill_and_resume.sh [KILLS=500] [STEPS=300]
#
# Build the benchmarks first (dotnet build -c Release).
set -uo pipefail
kills=${1:-500}
steps=${2:-300}
program="$(dirname "$0")/bin/Release/net10.0/RnnSharp.Benchmarks.dll"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
killed=0 runs=0 resumes=0 inwrite=0
RANDOM=12345

fail() {
    echo "FAILED: $*"
    exit 1
}

for kind in stream examples; do
    dotnet "$program" resumable "$work/whole-$kind" "$steps" "$kind" >"$work/whole-$kind.log" 2>&1 || fail "the whole run: $(cat "$work/whole-$kind.log")"
done

while [ "$killed" -lt "$kills" ]; do
    for kind in stream examples; do
        folder="$work/run-$runs"
        runs=$((runs + 1))
        while true; do
            dotnet "$program" resumable "$folder" "$steps" "$kind" >"$work/log" 2>&1 &
            process=$!
            # From before the first step to a few dozen steps later.
            sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
            [ $((RANDOM % 2)) -eq 0 ] || sleep "0.$((RANDOM % 6))$((RANDOM % 10))"
            if kill -KILL "$process" 2>/dev/null; then
                wait "$process" 2>/dev/null
                if ! grep -q '^done' "$work/log"; then
                    killed=$((killed + 1))
                    grep -q '^from step [1-9]' "$work/log" && resumes=$((resumes + 1))
                    # A temporary file is left only if the kill came in the middle of a write.
                    compgen -G "$folder/.rnnsharp-*" >/dev/null && inwrite=$((inwrite + 1))
                    grep -q 'exception' "$work/log" && fail "a resume failed: $(cat "$work/log")"
                    continue
                fi
            else
                wait "$process"
                grep -q '^done' "$work/log" || fail "a resume failed: $(cat "$work/log")"
            fi
            break
        done
        [ "$(grep '^done' "$work/log")" = "$(grep '^done' "$work/whole-$kind.log")" ] || fail "other bits after kills ($kind): $(grep '^done' "$work/log") instead of $(grep '^done' "$work/whole-$kind.log")"
        rm -rf "$folder"
    done
done
echo "$killed kills ($resumes of resumed processes, $inwrite in the middle of a write), $runs runs: all resumed, all ended with the same bits"
