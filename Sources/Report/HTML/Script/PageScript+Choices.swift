extension PageScript {
  /// What a person chose, kept in the address after #, so that a link or a reload has it again.
  static let choices = #"""
    const choices = new Map();
    const readChoices = () => {
      choices.clear();
      try {
        for (const [key, value] of new URLSearchParams(location.hash.slice(1))) choices.set(key, value);
      } catch { /* An address that cannot be read is none. */ }
    };
    const choose = (key, value) => {
      if (value === null || value === "") choices.delete(key); else choices.set(key, value);
      const text = new URLSearchParams([...choices]).toString();
      history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
    };
    """#
}
