using System.Numerics;

namespace RnnSharp.Tests;

/// <summary>Passes whose masks are those of a given draw, so that two calls can be compared.</summary>
internal static class GivenDraw
{
    public static ForwardPass<T> PassOfDraw<T>(this ILayer<T> layer, long draw)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ForwardPass<T> pass = layer.CreatePass();
        pass.Draw = draw;
        return pass;
    }
}
