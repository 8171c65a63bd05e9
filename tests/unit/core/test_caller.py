import pytest

from legato.caller import NotThroughTheEdge, caller, viewer

HEADERS = {
    "x-legato-origin": "now",
    "cloudfront-viewer-country": "de",
    "cloudfront-viewer-address": "203.0.113.9:54321",
    "x-legato-host": "listen.example",
    "cloudfront-forwarded-proto": "https",
}


def test_a_request_through_the_edge_tells_country_address_and_host():
    seen = viewer(HEADERS, ["now"])
    assert (seen.country, seen.address, seen.host, seen.scheme) == ("DE", "203.0.113.9", "listen.example", "https")


def test_an_ipv6_address_loses_its_port_and_brackets():
    assert viewer(HEADERS | {"cloudfront-viewer-address": "[2001:db8::1]:443"}, ["now"]).address == "2001:db8::1"
    assert viewer(HEADERS | {"cloudfront-viewer-address": "2001:db8::1:443"}, ["now"]).address == "2001:db8::1"


def test_both_secrets_of_a_rotation_are_accepted():
    assert viewer(HEADERS, ["next", "now"]).country == "DE"


@pytest.mark.parametrize("shown", [{}, {"x-legato-origin": "guess"}, {"x-legato-origin": ""}])
def test_a_request_around_the_edge_is_refused_whatever_it_claims(shown):
    headers = {k: v for k, v in HEADERS.items() if k != "x-legato-origin"} | shown
    with pytest.raises(NotThroughTheEdge):
        viewer(headers, ["now", ""])


@pytest.mark.parametrize("roles", ["[listener admin]", "[listener, admin]", "listener admin"])
def test_roles_are_read_as_the_gateway_flattens_them(roles):
    claims = {"sub": "usr_1", "plan": "hifi", "roles": roles, "sid": "s"}
    known = caller({"requestContext": {"authorizer": {"jwt": {"claims": claims}}}})
    assert (known.id, known.plan, known.roles) == ("usr_1", "hifi", {"listener", "admin"})
