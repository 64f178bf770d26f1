"""What is wrong with a page to the eye, measured in a browser from the boxes of its labels."""

PROBLEMS = r"""(() => {
  const found = [];
  const box = (one) => one.getBoundingClientRect();
  const seen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && box(one).width > 0;
  const wide = document.scrollingElement.scrollWidth;
  if (wide > innerWidth) found.push(`the page is ${wide} wide in a window of ${innerWidth}`);

  for (const one of document.querySelectorAll("h1, h2, .card > *, th, .badge, .contents a, .tools > *")) {
    const at = box(one);
    if (!seen(one)) continue;
    const text = one.textContent.trim() || one.className;
    if (one.scrollWidth > Math.ceil(at.width) + 1) found.push(`cut: ${text}`);
    if (one.tagName !== "TH" && (at.left < 0 || at.right > innerWidth + 1)) found.push(`outside: ${text}`);
  }

  const upright = (one) => {
    const turned = /rotate\((-?[\d.]+)/.exec(one.getAttribute("transform") || "");
    return !turned || Number(turned[1]) % 90 === 0;
  };
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    if (!plot.checkVisibility()) continue;
    const frame = box(plot);
    const labels = [...plot.querySelectorAll(".main-svg text")].filter((one) => one.textContent.trim() && seen(one));
    const boxes = labels.map(box);
    labels.forEach((one, n) => {
      const at = boxes[n], text = one.textContent;
      const beside = at.left < frame.left - 2 || at.right > frame.right + 2;
      if (beside || at.top < frame.top - 2 || at.bottom > frame.bottom + 2) found.push(`${plot.id}: cut: ${text}`);
      if (!upright(one)) return;
      for (let m = n + 1; m < labels.length; m += 1) {
        if (!upright(labels[m])) continue;
        const other = boxes[m];
        const across = Math.min(at.right, other.right) - Math.max(at.left, other.left);
        const down = Math.min(at.bottom, other.bottom) - Math.max(at.top, other.top);
        if (across > 3 && down > 5) found.push(`${plot.id}: overprinted: ${text} / ${labels[m].textContent}`);
      }
    });
  }
  return found;
})()"""
