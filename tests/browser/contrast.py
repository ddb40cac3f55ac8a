"""Contrast of texts with what is behind them, measured in the page."""

from playwright.sync_api import Page

# WCAG 2.2, 1.4.3: relative luminance; a colour that lets through is mixed with what is behind.
_LOW = """([selector, wanted]) => {
  const parse = text => {
    const parts = text.match(/[\\d.e-]+/g).map(Number);
    const [r, g, b] = text.startsWith('color(') ? parts.slice(0, 3).map(v => 255 * v) : parts;
    return [r, g, b, parts[3] ?? 1];
  };
  const over = ([r, g, b, a], [x, y, z]) =>
    [[r, x], [g, y], [b, z]].map(([t, u]) => t * a + u * (1 - a));
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    const layers = [];
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reverse().reduce((under, c) => over(c, under), [255, 255, 255]);
  };
  return [...document.querySelectorAll(selector)]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    // What cannot be used need not be seen well; drawings have a table of their numbers.
    .filter(e => !e.closest('svg, [aria-hidden], :disabled, [aria-disabled=true]'))
    .map(e => {
      const back = behind(e);
      const [a, b] = [light(over(parse(getComputedStyle(e).color), back)), light(back)];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 100)];
    })
    .filter(([ratio]) => ratio < wanted);
}"""
AA = 4.5


def low_contrast(page: Page, selector: str) -> list[tuple[float, str]]:
    """Return the texts below 4.5:1, each with its ratio and the beginning of its element."""
    found: list[tuple[float, str]] = page.evaluate(_LOW, [selector, AA])
    return found
