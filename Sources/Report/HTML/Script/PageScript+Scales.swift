extension PageScript {
  /// Places on axes as ``Scale`` has them.
  static let scales = #"""
    const within = (value) => Math.min(1e300, Math.max(-1e300, value));
    const roundStep = (step) => {
      const least = Math.max(step, 1e-300);
      const unit = 10 ** Math.floor(Math.log10(least));
      const factor = least / unit;
      return unit * (factor <= 1.0001 ? 1 : factor <= 2.0001 ? 2 : factor <= 5.0001 ? 5 : 10);
    };
    const fromZero = (values) => {
      const low = within(Math.min(0, ...values));
      const high = within(values.length ? Math.max(0, ...values) : 1);
      if (!(high > low)) return [low, low + 1];
      const step = roundStep((high - low) / 5);
      return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
    };
    const around = (values) => {
      if (!values.length) return [0, 1];
      const low = within(Math.min(...values)), high = within(Math.max(...values));
      if (!(high > low)) {
        return [low - Math.max(1e-9, Math.abs(low) * 0.1), high + Math.max(1e-9, Math.abs(high) * 0.1)];
      }
      return [low - 0.06 * (high - low), high + 0.06 * (high - low)];
    };
    const forwards = {
      linear: (value) => value,
      log: (value) => Math.log10(Math.max(value, 1e-300)),
      log0: (value) => Math.log10(1 + Math.max(0, value)),
    };
    const backwards = { linear: (value) => value, log: (value) => 10 ** value, log0: (value) => 10 ** value - 1 };
    const makeScale = (kind, domain, range, isFlipped = false) => {
      const [first, last] = domain.map(within);
      const forward = forwards[kind], low = forward(first), high = forward(last), length = range[1] - range[0];
      const place = (value) => {
        const share = high > low && !Number.isNaN(value)
          ? Math.min(1, Math.max(0, (forward(within(value)) - low) / (high - low))) : 0.5;
        return isFlipped ? range[1] - share * length : range[0] + share * length;
      };
      place.value = (at) => {
        const share = (isFlipped ? range[1] - at : at - range[0]) / length;
        return backwards[kind](low + Math.min(1, Math.max(0, share)) * (high - low));
      };
      const linear = (wanted) => {
        const size = last - first;
        if (!(size > 0) || !Number.isFinite(size)) return [first];
        const step = roundStep(size / Math.max(1, wanted));
        const from = Math.ceil(first / step - 1e-9), to = Math.floor(last / step + 1e-9);
        if (to - from >= 100 || to < from) return [];
        return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
      };
      place.ticks = (wanted) => {
        const plain = () => linear(wanted).map((value) => [value, axisLabel(value)]);
        if (kind === "linear") return plain();
        if (kind === "log") {
          const from = Math.ceil(low), to = Math.floor(high);
          if (!(to > from)) return plain();
          const stride = Math.max(1, Math.floor((to - from + wanted - 1) / wanted)), ticks = [];
          for (let size = from; size <= to; size += stride) ticks.push([10 ** size, power(size)]);
          return ticks;
        }
        const ticks = first <= 0 ? [[0, "0"]] : [];
        const top = Math.floor(Math.log10(Math.max(1, last)));
        const stride = Math.max(1, Math.floor((top + wanted) / wanted)), powers = [];
        for (let size = top; size >= 0; size -= stride) powers.unshift(size);
        for (const size of powers) if (10 ** size >= first) ticks.push([10 ** size, axisLabel(10 ** size)]);
        return ticks;
      };
      return place;
    };
    """#
}
