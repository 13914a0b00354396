extension PageScript {
  /// Numbers as ``NumberText`` and ``Scale/label(_:)`` write them.
  static let numbers = #"""
    const trimmed = (text) => (/^-[0.]*$/.test(text) ? text.slice(1) : text);
    const fixed = (value, decimals) => trimmed(value.toFixed(decimals));
    const exponent = (value, digits) => {
      if (value === 0) return 0;
      const size = Math.floor(Math.log10(Math.abs(value)));
      const unit = 10 ** (size - digits + 1);
      return Math.round(Math.abs(value) / unit) * unit >= 10 ** (size + 1) * (1 - 1e-12) ? size + 1 : size;
    };
    const rounded = (value, digits = 4) => {
      if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value < 0 ? "−∞" : "∞";
      if (value === 0) return "0";
      const size = exponent(value, digits);
      if (size < -4 || size >= 7) {
        return value.toExponential(digits - 1).replace(/e([+-])(\d)$/, "e$10$2");
      }
      return fixed(value, Math.max(0, digits - 1 - size));
    };
    const count = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
    const withError = (value, error) => {
      if (!(error > 0) || !Number.isFinite(error) || !Number.isFinite(value)) return rounded(value);
      const size = Math.max(exponent(value, 3), exponent(error, 2));
      if (size < -4 || size >= 7) return `${rounded(value, 3)} ± ${rounded(error, 2)}`;
      const decimals = Math.min(8, Math.max(0, 1 - exponent(error, 2)));
      return `${fixed(value, decimals)} ± ${fixed(error, decimals)}`;
    };
    const estimateText = (value, low, high) => {
      if (low == null) return rounded(value);
      if (high == null) return `${rounded(value, 3)} (${rounded(low, 2)} … ∞)`;
      if (!(high - value > 1.3 * (value - low))) return withError(value, (high - low) / 2);
      return `${rounded(value, 3)} (${rounded(low, 2)} … ${rounded(high, 2)})`;
    };
    const power = (size) =>
      size === 0 ? "1" : size === 1 ? "10"
        : "10" + [...String(size)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
    const shortest = (value) => String(value);
    const axisLabel = (value) => {
      const size = Math.abs(value);
      if (size < 1e-300) return "0";
      if (size >= 1e6 || size < 1e-3) {
        const order = Math.floor(Math.log10(size * (1 + 1e-12)));
        const digits = shortest(Math.round((value / 10 ** order) * 100) / 100);
        return digits === "1" ? power(order) : digits + "·" + power(order);
      }
      if (value === Math.round(value)) return value < 0 ? "-" + count(-value) : count(value);
      return fixed(value, 4).replace(/0+$/, "");
    };
    """#
}
