"""What comes out of a page's audio elements, sample by sample, and whether a tone in it was disturbed."""

import base64
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Page

_RECORDER = """
async (rate) => {
  const context = new AudioContext({ sampleRate: rate });
  const code = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([input]) { this.port.postMessage(input[0] ? input[0].slice() : new Float32Array(128)); return true; }
  })`;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const recorder = new AudioWorkletNode(context, "recorder", { channelCount: 1, channelCountMode: "explicit" });
  const blocks = [];
  recorder.port.onmessage = (event) => blocks.push(event.data);
  recorder.connect(context.destination);
  for (const audio of document.querySelectorAll("audio")) context.createMediaElementSource(audio).connect(recorder);
  await context.resume();
  window.recording = () => {
    const taken = blocks.splice(0);
    const bytes = new Uint8Array(taken.length * 512);
    taken.forEach((block, i) => bytes.set(new Uint8Array(block.buffer, block.byteOffset, 512), i * 512));
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };
}
"""


def begin(page: Page, rate: int) -> None:
    """Record from now on. The page must allow scripts made of text (``bypass_csp``)."""
    page.evaluate(_RECORDER, rate)


def take(page: Page) -> np.ndarray:
    """The samples since the last take."""
    return np.frombuffer(base64.b64decode(page.evaluate("() => window.recording()")), dtype="<f4").astype(float)


@dataclass(frozen=True, kw_only=True)
class Tone:
    amplitude: float
    disturbed: int
    """Samples that are not where the two before them say (a sine obeys x[n+1] = 2 cos(w) x[n] - x[n-1])."""
    shift: float
    """By how many samples its end is early or late, seen from its beginning."""


def tone(samples: np.ndarray, hz: float, rate: int, *, tolerance: float) -> Tone:
    """*tolerance* is a fraction of the amplitude: what an encoder may add."""
    amplitude = float(np.abs(samples).max())
    step = 2 * np.pi * hz / rate
    error = samples[2:] - 2 * np.cos(step) * samples[1:-1] + samples[:-2]
    window = round(rate / hz) * 40

    def phase(start: int) -> float:
        turn = np.exp(-1j * step * np.arange(start, start + window))
        return float(np.angle(np.dot(samples[start : start + window], turn)))

    turned = (phase(len(samples) - window) - phase(0) + np.pi) % (2 * np.pi) - np.pi
    disturbed = int((np.abs(error) > tolerance * amplitude).sum()) if amplitude else len(samples)
    return Tone(amplitude=amplitude, disturbed=disturbed, shift=turned / step)
