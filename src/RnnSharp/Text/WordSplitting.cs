namespace RnnSharp.Text;

/// <summary>How a text is divided into words.</summary>
public enum WordSplitting
{
    /// <summary>
    /// A word is a run of letters, combining marks, digits and connectors such as the underscore; every other character but white space is a word of
    /// its own: "Don't!" is the words Don ' t !
    /// </summary>
    Punctuation,

    /// <summary>A word is what stands between white space.</summary>
    Whitespace,
}
