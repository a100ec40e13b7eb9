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
// (handshake.go); after it the frames carry one stream of bytes (channel.go,
// sender.go), and smux makes many connections of that one stream (session.go,
// forward.go). A lost websocket is taken up again by ssm:ResumeSession; the
// service closes a healthy one about once an hour. When the session itself has
// ended (after 20 minutes without traffic, by the account's settings), the next
// connection starts a new one; the port stays (tunnel.go).
//
// An agent acknowledges a frame once. What is repeated after that it drops
// without a sign, so that the acknowledgements which are lost with a websocket
// never come again. outbox.go says how a frame counts as arrived nevertheless.
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
// # Agents that are too old
//
// An agent up to 3.0.196 carries one connection at a time, in another way. The
// session-manager-plugin still speaks that; this package does not: the handshake
// is refused with the version and what to do. Airbyte's machine is made from
// Amazon Linux 2023, which is years younger than that version. An agent up to
// 3.1.1511 is served with the keep-alive of smux, as the plugin does. Encryption
// with a KMS key is refused as well.
//
// # What was proved, and against what
//
// No real SSM agent and no real Systems Manager was reached. The tests speak
// with a stand-in on 127.0.0.1 that reads and writes frames with the plugin's own
// message package and keeps the agent's rules. Proved there: frames and
// acknowledgements lost, doubled, late and damaged; a pause; 20 MB both ways over
// websockets that are lost in the middle; websockets closed, dead without a word,
// or closed again and again; sessions that cannot be taken up, that the service
// ends, that are refused, throttled, or wait for the instance; a port on which
// nothing listens; fifty connections at once; a connection that does not read;
// and an end in every phase, at once, with no go routine and no session left. A
// fuzz target holds the reader of frames against the plugin's.
//
// # Limits
//
// A side that ends its half of a connection ends all of it: the agent knows no
// half. After a lost websocket the agent repeats one frame in 100 ms, so what was
// under way to us comes back slowly. One upload that the server on the instance
// does not read stops the others, for the agent's smux has no window for each.
// A session whose StartSession was answered after its caller had gone ends by
// itself when it is idle. Systems Manager's limits of traffic are not known here.
package tunnel
