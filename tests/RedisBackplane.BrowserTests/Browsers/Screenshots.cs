using System.Net;

namespace RedisBackplane.BrowserTests.Browsers;

/// <summary>Pictures of the pages, kept in <c>artifacts/screenshots</c> of the repository.</summary>
internal static class Screenshots
{
    private static readonly Lazy<string> Folder =
        new(() => Directory.CreateDirectory(Path.Combine(Checkout.Root, "artifacts", "screenshots")).FullName);

    public static async Task<string> KeepAsync(BrowserPage page, string name)
    {
        var path = Path.Combine(Folder.Value, name + ".png");
        await File.WriteAllBytesAsync(path, await page.TakePictureAsync());
        return path;
    }

    /// <summary>Puts pictures side by side, as windows on one desk.</summary>
    public static async Task<string> KeepSideBySideAsync(string name, string colour, params string[] pictures)
    {
        var images = string.Concat(pictures.Select(picture => $"<img src=\"{WebUtility.HtmlEncode(new Uri(picture).AbsoluteUri)}\">"));
        var desk = Path.Combine(Folder.Value, name + ".html");
        await File.WriteAllTextAsync(desk, string.Create(CultureInfo.InvariantCulture, $$"""
            <!doctype html><style>
              body { margin: 0; padding: 28px; display: flex; gap: 28px; background: {{colour}}; }
              img { width: 0; flex: 1; border-radius: 10px; box-shadow: 0 2px 6px #0003, 0 12px 32px #0003; }
            </style>{{images}}
            """));
        var width = (pictures.Length * Screen.Desktop.Width) + ((pictures.Length + 1) * 28);
        await using var page = await Chromium.OpenAsync(new Screen(width, Screen.Desktop.Height + 56));
        await page.GoToAsync(new Uri(desk).AbsoluteUri);
        var path = await KeepAsync(page, name);
        File.Delete(desk);
        return path;
    }
}
