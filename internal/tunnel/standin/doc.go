// Package standin plays Systems Manager and the SSM agent of an instance for
// tests: StartSession, ResumeSession and TerminateSession over HTTP, the data
// channel over a websocket of 127.0.0.1, and port forwarding with smux.
//
// In: a way to connect to a port of the "instance", and faults. Out: an
// aws.Config that leads here, and what was asked. It is written after the public
// sources of the SSM agent and reads and writes frames with the
// session-manager-plugin's own message package, so that it shares no code with
// package tunnel and must not import it.
//
// It models: one use of each token, the signature of the websocket request, the
// handshake, the agent's order of frames (early ones are kept and acknowledged,
// late ones dropped without an acknowledgement, those before the forwarding is
// ready not acknowledged), its repetition of the oldest frame that is not
// acknowledged, at twenty times its pace, the keep-alive of smux in old agents,
// the flag for a port that refuses, the end of a session, and a websocket that is
// closed while its session goes on. It does not model: IAM policies (a refusal is
// a fault that a test sets), the service's limits of traffic, its timeouts (a
// test ends a session with the service's words), what the service keeps for a
// client that is away (here nothing), encryption with KMS beyond asking for it,
// and agents without many connections beyond their version.
package standin
