"""A grant: everything a player needs to start one track, in one answer."""

from dataclasses import dataclass
from datetime import UTC, datetime

from legato.caller import Caller, Viewer
from legato.licensing import token
from legato.licensing.token import LicenceClaims
from legato.media import manifest_dash, manifest_hls
from legato.media.model import Package, Rendition
from legato.playback.signing import MediaSigner

CLEARKEY_PATH = "/v1/licences/clearkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Where the track's files are, and what opens them: append ``query`` to a file's URL, or send ``cookies``."""

    url: str
    query: str
    cookies: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceServer:
    licence_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drm:
    clearkey: LicenceServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    integrated_lufs: float
    true_peak_dbtp: float
    gain_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    play_id: str
    track_id: str
    duration_ms: int
    resume_ms: int
    dash: str
    hls: str
    media: Media
    drm: Drm
    licence_token: str
    loudness: Gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Granter:
    """Writes grants for one viewer."""

    signer: MediaSigner
    licence_secret: str
    viewer: Viewer
    listener: Caller

    def grant(
        self,
        session_id: str,
        play_id: str,
        package: Package,
        renditions: tuple[Rendition, ...],
        *,
        resume_ms: int,
        expires: int,
    ) -> Grant:
        """*session_id* is a session or a download; *expires*, epoch seconds, ends the signature and the licence token."""
        origin = f"{self.viewer.scheme}://{self.viewer.host}"
        url = f"{origin}/media/{session_id}.{self.viewer.country}/{package.version}/"
        signature = self.signer.sign(url, expires)
        claims = LicenceClaims(
            listener_id=self.listener.id,
            session_id=session_id,
            sid=self.listener.sid,
            track_id=package.track_id,
            version=package.version,
            tiers=tuple(sorted({rendition.tier for rendition in renditions})),
            key_version=package.key_version,
            expires=expires,
        )
        return Grant(
            play_id=play_id,
            track_id=package.track_id,
            duration_ms=package.duration_ms,
            resume_ms=resume_ms,
            dash=manifest_dash.mpd(package, renditions, url),
            hls=manifest_hls.multivariant(package, renditions, url),
            media=Media(
                url=url,
                query=signature.query,
                cookies=signature.cookies,
                expires_at=datetime.fromtimestamp(expires, UTC),
            ),
            drm=Drm(clearkey=LicenceServer(licence_url=f"{origin}{CLEARKEY_PATH}")),
            licence_token=token.mint(claims, self.licence_secret),
            loudness=Gain(
                integrated_lufs=package.loudness.integrated_lufs,
                true_peak_dbtp=package.loudness.true_peak_dbtp,
                gain_db=package.loudness.gain_db(),
            ),
        )
