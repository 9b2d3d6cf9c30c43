// Draws two sides of a call and a cursor; tells where somebody clicked. Knows no call.

export class Wave {
  /** `peaks` is {duration_ms, caller: [0..127], bot: [...]}; `onSeek(ms)` is told of clicks. */
  constructor(canvas, peaks, onSeek) {
    this.canvas = canvas;
    this.peaks = peaks;
    this.at = 0;
    canvas.addEventListener("click", (click) => {
      const box = canvas.getBoundingClientRect();
      onSeek(((click.clientX - box.left) / box.width) * peaks.duration_ms);
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.draw();
  }

  /** Put the cursor there. */
  moveTo(ms) {
    this.at = ms;
    this.draw();
  }

  draw() {
    const { canvas, peaks } = this;
    const scale = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * scale));
    const height = Math.max(1, Math.round(canvas.clientHeight * scale));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    pen.clearRect(0, 0, width, height);
    const lanes = peaks.bot.length
      ? [[peaks.caller, "--caller", 0.25, 0.23], [peaks.bot, "--bot", 0.75, 0.23]]
      : [[peaks.caller, "--caller", 0.5, 0.46]];
    const cursor = (this.at / Math.max(1, peaks.duration_ms)) * width;
    for (const [side, colour, middle, reach] of lanes) {
      pen.fillStyle = style.getPropertyValue(colour);
      for (let x = 0; x < width; x += 1) {
        const from = Math.floor((x * side.length) / width);
        const to = Math.max(from + 1, Math.floor(((x + 1) * side.length) / width));
        let loudest = 0;
        for (let n = from; n < to; n += 1) loudest = Math.max(loudest, side[n]);
        const half = Math.max(scale / 2, (loudest / 127) * reach * height);
        pen.globalAlpha = x <= cursor ? 1 : 0.55;
        pen.fillRect(x, middle * height - half, 1, 2 * half);
      }
    }
    pen.globalAlpha = 1;
    pen.fillStyle = style.getPropertyValue("--ink");
    pen.fillRect(Math.min(width - 2 * scale, cursor), 0, 2 * scale, height);
  }
}
