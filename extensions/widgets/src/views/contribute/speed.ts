/** How long a transfer takes still, by the speed since it began here. */
export class Speed {
  private began: { at: number; arrived: number } | null = null;

  left(arrived: number, size: number): number | null {
    const at = performance.now();
    this.began ??= { at, arrived };
    const bytes = arrived - this.began.arrived;
    return bytes <= 0 ? null : ((size - arrived) * (at - this.began.at)) / bytes / 1000;
  }
}
