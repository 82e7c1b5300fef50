#!/bin/sh
# Bring Chromium and a Chinese font for the browser tests where apt can; say so where it cannot.
has_browser() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}
has_chinese() {
  command -v fc-list && [ -n "$(fc-list :lang=zh-cn)" ]
}
bring() {
  if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
  command -v apt-get && $as_root true && $as_root apt-get update -qq && \
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"
}

if ! has_browser >/dev/null 2>&1; then
  echo "Bringing Chromium for the browser tests ..."
  bring chromium fontconfig fonts-noto-cjk >/dev/null 2>&1
elif ! has_chinese >/dev/null 2>&1; then
  bring fontconfig fonts-noto-cjk >/dev/null 2>&1 || echo "No Chinese font here: screenshots show boxes."
fi
if has_browser >/dev/null 2>&1; then
  exit 0
fi
if [ "${CI:-}" = true ]; then
  echo "No Chromium, and apt could not bring it: the browser tests cannot run." >&2
  exit 1
fi
echo "No Chromium here: the browser tests will be skipped. Install Chromium to run them."
