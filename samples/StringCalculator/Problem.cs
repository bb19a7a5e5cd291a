using System.Globalization;
using RnnSharp.Numerics;

namespace StringCalculator;

/// <summary>A problem such as 123+45= and its answer.</summary>
internal readonly record struct Problem(int Left, char Sign, int Right)
{
    public const int MostDigits = 3;

    /// <summary>The longest problem with numbers of <see cref="MostDigits"/> digits: two numbers, a sign, and the sign of equality.</summary>
    public const int LongestText = 2 * MostDigits + 2;

    /// <summary>The longest answer: one digit more, or a minus.</summary>
    public const int LongestAnswer = MostDigits + 1;

    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Left}{Sign}{Right}=");

    public int Value => Sign == '+' ? Left + Right : Left - Right;

    public string Answer => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a problem has in common with those of the same answer for a trivial reason: a+b and b+a, a-b and b-a.</summary>
    public (int, char, int) Kin => (Math.Min(Left, Right), Sign, Math.Max(Left, Right));

    /// <summary>Draws problems, each another one, whose numbers have one to so many digits with equal chances.</summary>
    public static IReadOnlyList<Problem> Draw(int count, int digits, ulong seed)
    {
        var random = new FastRandom(seed);
        var problems = new List<Problem>(count);
        var drawn = new HashSet<Problem>();
        while (problems.Count < count)
        {
            var problem = new Problem(Number(digits, random), random.Next(2) == 0 ? '+' : '-', Number(digits, random));
            if (drawn.Add(problem)) problems.Add(problem);
        }

        return problems;
    }

    private static int Number(int digits, FastRandom random) => random.Next(random.Next(digits) switch { 0 => 10, 1 => 100, _ => 1000 });
}
