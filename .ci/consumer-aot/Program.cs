using System.Globalization;
using RnnSharp;

// The argument is the vector width in bits that the program, which is compiled ahead of time, must have at least.
string results = Golden.Run(Golden.SinceProcessStart, Golden.FolderSize());
int expected = int.Parse(args[0], CultureInfo.InvariantCulture);
if (Compute.VectorBits < expected)
{
    Console.Error.WriteLine($"Expected vectors of {expected} bits, got {Compute.VectorBits}.");
    return 1;
}

Console.WriteLine(results);
return 0;
