using Microsoft.ML.Data;

namespace RnnSharp.MicrosoftML.Tests;

/// <summary>A value of a type that ML.NET does not know, and does not buffer: its cursors then read single rows, as they are asked for.</summary>
public sealed record Photo(string Name);

/// <summary>Gives a property of type <see cref="Photo"/> its type of column.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PhotoTypeAttribute : DataViewTypeAttribute
{
    public override void Register() => DataViewTypeManager.Register(new PhotoDataViewType(), typeof(Photo), this);

    public override bool Equals(DataViewTypeAttribute? other) => other is PhotoTypeAttribute;

    public override bool Equals(object? obj) => obj is PhotoTypeAttribute;

    public override int GetHashCode() => 1;

    private sealed class PhotoDataViewType() : StructuredDataViewType(typeof(Photo))
    {
        public override bool Equals(DataViewType? other) => other is PhotoDataViewType;

        public override bool Equals(object? obj) => obj is PhotoDataViewType;

        public override int GetHashCode() => 1;
    }
}
