namespace JazzImprovisation;

/// <summary>A note of an instrument.</summary>
/// <param name="Start">When it begins, in sixths of a quarter note, not yet swung.</param>
/// <param name="End">When it ends.</param>
/// <param name="Pitch">The pitch as MIDI counts it.</param>
/// <param name="Velocity">How hard it is played, 1 to 127.</param>
internal readonly record struct PartNote(int Start, int End, int Pitch, int Velocity);

/// <summary>What an instrument plays.</summary>
/// <param name="Name">The name of the track.</param>
/// <param name="Channel">The MIDI channel, 1 to 16; 10 is the drums.</param>
/// <param name="Program">The instrument of General MIDI, from 0.</param>
/// <param name="Notes">The notes.</param>
internal sealed record Part(string Name, int Channel, int Program, IReadOnlyList<PartNote> Notes);
