/// A user name with a password, in SAP's word for it.
package struct UserCredentials: Sendable, Equatable {
  package var name: ArtifactName
  package var kind: Kind
  package var description: String
  package var user: String
  /// When not empty, the password goes to no other host, whatever a flow says.
  package var allowedHosts: [AllowedHost]

  package enum Kind: Sendable, Equatable {
    case `default`
    case successFactors(companyID: String)
    case openConnectors(organization: String, element: String)

    /// As in SAP's OData entity set `UserCredentials`.
    package var name: String {
      switch self {
      case .default: "default"
      case .successFactors: "successfactors"
      case .openConnectors: "openconnectors"
      }
    }

    package static let names = ["default", "successfactors", "openconnectors"]
  }

  package init(
    name: ArtifactName, user: String, kind: Kind = .default, description: String = "", allowedHosts: [AllowedHost] = []
  ) {
    self.name = name
    self.user = user
    self.kind = kind
    self.description = description
    self.allowedHosts = allowedHosts
  }

  /// Whether the password may be sent to `host`.
  package func allows(host: String) -> Bool {
    allowedHosts.isEmpty || allowedHosts.contains { $0.matches(host) }
  }
}

/// One secret under a name.
package struct SecureParameter: Sendable, Equatable {
  package var name: ArtifactName
  package var description: String

  package init(name: ArtifactName, description: String = "") {
    self.name = name
    self.description = description
  }
}

/// Security material that is deployed from an artifact file: what of it is not secret.
package enum Artifact: Sendable, Equatable {
  case userCredentials(UserCredentials)
  case secureParameter(SecureParameter)

  package var type: ArtifactType {
    switch self {
    case .userCredentials: .userCredentials
    case .secureParameter: .secureParameter
    }
  }

  package var name: ArtifactName {
    switch self {
    case .userCredentials(let credentials): credentials.name
    case .secureParameter(let parameter): parameter.name
    }
  }

  package var description: String {
    switch self {
    case .userCredentials(let credentials): credentials.description
    case .secureParameter(let parameter): parameter.description
    }
  }
}

/// The kinds of security material that an artifact file can hold.
package enum ArtifactType: String, Sendable, CaseIterable {
  case userCredentials = "UserCredentials"
  case secureParameter = "SecureParameter"

  /// As people read it.
  package var title: String {
    switch self {
    case .userCredentials: "User Credentials"
    case .secureParameter: "Secure Parameter"
    }
  }

  /// The element that holds the secret.
  package var secretElement: String {
    switch self {
    case .userCredentials: "Password"
    case .secureParameter: "Value"
    }
  }

  /// As a message names the secret.
  package var secretTitle: String {
    switch self {
    case .userCredentials: "password"
    case .secureParameter: "value"
    }
  }

  package var secretCharacters: Int {
    switch self {
    case .userCredentials: ArtifactLimits.passwordCharacters
    case .secureParameter: ArtifactLimits.parameterCharacters
    }
  }
}
