using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

// A number as a type, the size of which is the number. The JIT folds sizeof while it reads a method, and skips the branches that a smaller
// tile does not take; it would fold a static property only after it has compiled all of them, which takes three times as long.

[StructLayout(LayoutKind.Sequential, Size = 1)]
internal readonly struct Count1;

[StructLayout(LayoutKind.Sequential, Size = 2)]
internal readonly struct Count2;

[StructLayout(LayoutKind.Sequential, Size = 3)]
internal readonly struct Count3;

[StructLayout(LayoutKind.Sequential, Size = 4)]
internal readonly struct Count4;

[StructLayout(LayoutKind.Sequential, Size = 5)]
internal readonly struct Count5;

[StructLayout(LayoutKind.Sequential, Size = 6)]
internal readonly struct Count6;
