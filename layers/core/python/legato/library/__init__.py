"""What a listener keeps: favourites, playlists and the history of plays."""
