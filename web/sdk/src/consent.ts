/**
 * Whether the visitor may be told apart from others and told about. What they said on this site counts; where they said
 * nothing, the signals that their browser sends do: Global Privacy Control (w3.org/TR/gpc) and Do Not Track.
 */
export function consents(said: boolean | undefined): boolean {
  return said ?? !objects(navigator);
}

function objects(browser: Navigator & { readonly globalPrivacyControl?: boolean }): boolean {
  return browser.globalPrivacyControl === true || browser.doNotTrack === "1";
}
