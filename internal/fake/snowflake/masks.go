package fakesnowflake

// Mask gives the body of the masking policy that holds for a column of a type, as
// the account has it; nothing where the column is shown to everybody who may read
// it. The stand-in masks no rows: who sees what stands in the body.
func (s *Server) Mask(relation []string, column, typ string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.Mask(relation, column, typ)
}
