// Package tunnel reaches one port of a private EC2 instance through Systems
// Manager port forwarding, with no program installed here: an HTTP client talks
// to a free port of 127.0.0.1, and what it sends comes out on the instance.
//
// In: an aws.Config, an instance and a port. Out: a Tunnel with a URL. It
// imports the AWS SDK's ssm client, a websocket library, smux and package
// secret.
//
// # The way
//
// ssm:StartSession with the document AWS-StartPortForwardingSession gives an
// address and a token. Behind the address is a websocket (socket.go). On it go
// binary frames (frame.go) with sequence numbers, acknowledged one by one and
// sent again when no acknowledgement comes (outbox.go), put in order on arrival
// (inbox.go). The SSM agent of the instance begins with a handshake
// (handshake.go); after it the frames carry one stream of bytes (channel.go),
// and smux makes many connections of that one stream (session.go). A lost
// websocket is taken up again by ssm:ResumeSession. When the session itself has
// ended (it does after 20 minutes without traffic, 60 at most, by the account's
// settings), the next connection starts a new one; the port stays
// (tunnel.go).
//
// # Why not the session-manager-plugin as a library
//
// Its packages were made to be a program: they end the process (os.Exit) when
// the session ends, write to standard output, take over signals, leave a
// goroutine running for each websocket and each session, keep credentials in
// package variables, and turn a payload that is one line feed into a carriage
// return, which is right for a terminal and wrong for a stream of bytes. So the
// protocol is written here in our own words, and the plugin's code is the judge
// in the tests.
//
// # What was proved, and against what
//
// No real SSM agent and no real Systems Manager was reached. The tests speak
// with a stand-in on 127.0.0.1 that reads and writes frames with the plugin's own
// message package. Proved there: the handshake, many connections at once, and an
// orderly end. Written and not tried yet: lost and doubled frames, pause, a lost
// websocket, a session that ends, refusals. Nothing calls this package yet.
package tunnel
