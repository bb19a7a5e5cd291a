#!/usr/bin/env bash
# Runs tests with the vectors of ARM64 on another processor, under qemu: about 2 minutes.
#   run.sh [PART OF A TEST CLASS'S NAME]...
# Needs the .NET SDK, and on Debian or Ubuntu the packages qemu-user-static and debootstrap; debootstrap needs root. QEMU_LD_PREFIX may name
# a folder with the C++ and OpenSSL libraries of ARM64, in place of the one that is made here.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# quietly COMMAND…: shows the end of what a command prints only when it fails.
quietly() { "$@" >"$scratch/log" 2>&1 || { tail -n 40 "$scratch/log"; exit 1; }; }

if [ -z "${QEMU_LD_PREFIX:-}" ]; then
    export QEMU_LD_PREFIX="$scratch/root"
    # Nothing of the other architecture is run: the first stage unpacks the C and C++ libraries, and only fetches the rest.
    quietly debootstrap --foreign --arch=arm64 --variant=minbase --include=libstdc++6,openssl stable "$QEMU_LD_PREFIX"
    for package in "$QEMU_LD_PREFIX"/var/cache/apt/archives/libssl*.deb; do dpkg-deb -x "$package" "$QEMU_LD_PREFIX"; done
fi
# In the checkout, where tests find the files that they read from it.
quietly dotnet publish -c Release -p:Emulated=true -o bin/emulated
[ $# -gt 0 ] || set -- VectorWidthTests ElementwiseTests TranspositionTests TorchGoldenTests WeightProductTests QuantizedBitsTests

# The emulator is slow to change which pages are executable.
DOTNET_EnableWriteXorExecute=0 RNNSHARP_EXPECT_BITS=128 qemu-aarch64-static bin/emulated/RnnSharp.Arm64 "$@"
