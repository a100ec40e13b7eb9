// The one person who may sign in to the web page, where the environment names
// one. Without, nobody may: the team in team.json closes the page on which the
// first visitor makes himself administrator.
module.exports = function () {
  const { GROUPAROO_ADMIN_EMAIL: email, GROUPAROO_ADMIN_PASSWORD: password } = process.env;
  if (!email || !password) return [];
  const options = { firstName: "Pipeline", lastName: "Administrator", password };
  return [{ class: "teamMember", id: "administrator", teamId: "administrators", email, options }];
};
