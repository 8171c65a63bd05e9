// Runs at every CloudFront edge before the cache is asked (CloudFront Functions, cloudfront-js-2.0).
//
// /media/<session>.<country>/<track version>/<file>   may this be heard, here and now? then share one cached object
// /v1/*, /.well-known/*                               tell the API which host the listener used
// everything else but /art/*                          an address of the web app is the web app's page
//
// No require, no clock, no network, no closures in async functions: the runtime has none of them.

import cf from 'cloudfront';

// Holds exceptions only: <track id> -> "X" (taken down), "DE,FR" (blocked there) or "-" (none now),
// <session id> -> "R" (revoked).
const exceptions = cf.kvs();

const MEDIA = /^\/media\/([A-Za-z0-9_-]+)\.([A-Z]{2})\/([A-Za-z0-9_-]+)-([A-Za-z0-9]+)\/([A-Za-z0-9_-]+\.mp4)$/;

async function handler(event) {
    const request = event.request;
    if (startsWith(request.uri, '/media/')) {
        return media(request);
    }
    if (startsWith(request.uri, '/v1/') || startsWith(request.uri, '/.well-known/')) {
        return api(request);
    }
    return startsWith(request.uri, '/art/') ? request : page(request);
}

// The signature that CloudFront checks covers /media/<session>.<country>/<track version>/, so the session and the
// country in the path are the ones that were granted: here they only have to be compared. Neither is left in the
// address, so all listeners share one cached object. The query string is not touched: it carries the signature,
// should CloudFront look at it after this function and not before.
async function media(request) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
        return refusal(405, 'method-not-allowed');
    }
    const named = MEDIA.exec(request.uri);
    if (!named) {
        return refusal(404, 'media-not-found');
    }
    const session = named[1];
    const country = named[2];
    const track = named[3];
    const here = header(request, 'cloudfront-viewer-country');
    if (here !== country) {
        return refusal(403, 'not-licensed-here', here);
    }
    if (header(request, 'range').indexOf(',') >= 0) {
        return refusal(416, 'one-range-only'); // CloudFront would fetch and keep each part by itself
    }
    const state = await exceptionsOf(session, track);
    if (state === null) {
        return refusal(503, 'try-again');
    }
    if (state.session === 'R') {
        return refusal(403, 'session-ended');
    }
    if (state.track === 'X') {
        return refusal(451, 'taken-down');
    }
    if (state.track.split(',').indexOf(country) >= 0) {
        return refusal(403, 'not-licensed-here', country);
    }
    request.uri = '/media/' + track + '-' + named[4] + '/' + named[5];
    return request;
}

// The exceptions that hold for a session and a track ('' where there is none), or null: the store did not answer.
//
// get() throws for a missing key as it does for an outage; exists() throws for an outage only, so it is asked first.
// Without an answer the request is refused, not let through: what was taken down must not be heard because a lookup
// failed. A copy of the store lies at every edge, so this fails about as often as the function itself; a player
// tries again, and what it has buffered plays on meanwhile.
async function exceptionsOf(session, track) {
    try {
        return { session: await valueOf(session), track: await valueOf(track) };
    } catch (outage) {
        console.log('KeyValueStore: ' + outage);
        return null;
    }
}

async function valueOf(key) {
    const known = await exceptions.exists(key);
    if (!known) {
        return '';
    }
    const value = await exceptions.get(key);
    return value;
}

// The API signs media for the listener's own host, and believes x-legato-* headers because CloudFront adds
// x-legato-origin to them: what a viewer sends under these names must never arrive.
function api(request) {
    delete request.headers['x-legato-origin'];
    request.headers['x-legato-host'] = { value: header(request, 'host') };
    return request;
}

// The web app routes in the browser: /albums/alb_1 is index.html, /assets/app.js is itself.
function page(request) {
    const last = request.uri.substring(request.uri.lastIndexOf('/') + 1);
    if (last.indexOf('.') < 0) {
        request.uri = '/index.html';
    }
    return request;
}

function header(request, name) {
    return request.headers[name] ? request.headers[name].value : '';
}

function startsWith(text, prefix) {
    return text.lastIndexOf(prefix, 0) === 0;
}

// RFC 9457, like every refusal of the API; the territory where it is the reason.
function refusal(status, slug, territory) {
    const headers = { 'content-type': { value: 'application/problem+json' }, 'cache-control': { value: 'no-store' } };
    if (status === 405) {
        headers.allow = { value: 'GET, HEAD' };
    }
    if (status === 503) {
        headers['retry-after'] = { value: '1' };
    }
    const title = slug.charAt(0).toUpperCase() + slug.substring(1).split('-').join(' ');
    const problem = { type: '/problems/' + slug, title: title, status: status, territory: territory };
    return {
        statusCode: status,
        statusDescription: title,
        headers: headers,
        body: { encoding: 'text', data: JSON.stringify(problem) }, // leaves undefined members out
    };
}
