using System.Text;
using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The members of a JSON object, found once, for objects of which many members are asked for.</summary>
internal sealed class KerasMembers
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly object _what;
    private readonly Member[] _members;

    /// <param name="json">An object.</param>
    /// <param name="what">What it is; its text is used for exceptions.</param>
    public KerasMembers(ReadOnlyMemory<byte> json, object what)
    {
        _json = json;
        _what = what;
        int count = 0;
        var counting = new Utf8JsonReader(json.Span, KerasJson.Options);
        counting.Read();
        while (counting.Read() && counting.TokenType == JsonTokenType.PropertyName)
        {
            count++;
            counting.Read();
            counting.Skip();
        }

        _members = new Member[count];
        var reader = new Utf8JsonReader(json.Span, KerasJson.Options);
        reader.Read();
        foreach (ref Member member in _members.AsSpan())
        {
            reader.Read();
            int name = (int)reader.TokenStartIndex + 1, length = reader.ValueSpan.Length;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            member = new Member(name, length, start, (int)reader.BytesConsumed);
        }
    }

    /// <summary>The value of a member; null if there is none. No name of Keras needs an escape.</summary>
    public KerasJson? Find(string name)
    {
        KerasJson? found = null;
        foreach (Member member in _members)
        {
            if (!IsName(member, name)) continue;
            if (found is not null) throw new InvalidDataException($"{_what} has {ErrorText.Quote(name)} twice.");
            found = ValueOf(member, name);
        }

        return found;
    }

    /// <summary>The first member that is not off and whose name is not known; null if there is none.</summary>
    /// <param name="known">Names.</param>
    /// <param name="ignored">More names.</param>
    /// <param name="suffixes">Ends of names.</param>
    public string? FirstUnknown(IReadOnlyList<string> known, IReadOnlyList<string> ignored, params ReadOnlySpan<string> suffixes)
    {
        foreach (Member member in _members)
        {
            if (IsAny(member, known) || IsAny(member, ignored)) continue;
            ReadOnlySpan<byte> name = NameOf(member);
            bool isKnown = false;
            foreach (string suffix in suffixes) isKnown |= name.Length >= suffix.Length && Ascii.Equals(name[^suffix.Length..], suffix);
            if (!isKnown && !ValueOf(member, null).IsOff) return Encoding.UTF8.GetString(name);
        }

        return null;
    }

    private bool IsAny(Member member, IReadOnlyList<string> names)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (IsName(member, names[i])) return true;
        }

        return false;
    }

    private bool IsName(Member member, string name) => member.NameLength == name.Length && Ascii.Equals(NameOf(member), name);

    private ReadOnlySpan<byte> NameOf(Member member) => _json.Span.Slice(member.Name, member.NameLength);

    private KerasJson ValueOf(Member member, string? name) => new(_json[member.Start..member.End], _what, name);

    private readonly record struct Member(int Name, int NameLength, int Start, int End);
}
