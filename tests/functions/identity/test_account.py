def test_a_listener_sees_and_changes_himself_and_is_gone_when_he_says_so(call, register, sign_in, platform, me):
    status, profile, _ = call("GET", "/v1/me", claims=me)
    assert status == 200
    assert (profile["email"], profile["display_name"], profile["plan"]) == ("Anna@example.com", "Anna", "free")
    status, profile, _ = call("PATCH", "/v1/me", {"display_name": "Änne"}, claims=me)
    assert (status, profile["display_name"]) == (200, "Änne")
    status, body, _ = call("DELETE", "/v1/me", claims=me)
    assert (status, body) == (204, None)
    assert call("GET", "/v1/me", claims=me)[0] == 404
    assert sign_in()[0] == 401
    assert register()[0] == 201
